// The reader's objects on the stage.
import { html } from "../html.js";
import { verdictOf } from "./objects.js";

/** Boxes in green or red, with their numbers, and the one that is being drawn. */
export function BoxMarks({ objects: { possible, boxes, draft, selected, heads, factor }, scale }) {
  if (!possible) return null;
  const isCovered = (box) => verdictOf(box, heads, factor).head !== null;
  return html`<g class="boxes">
    ${boxes.map((box, place) => html`<${Box} key=${place} ...${{ box, scale }} label=${place + 1}
      active=${place === selected} covered=${isCovered(box)} />`)}
    ${draft && html`<${Box} box=${draft} scale=${scale} label="" active covered=${isCovered(draft)} />`}
  </g>`;
}

function Box({ box: [y, x, height, width], scale, label, active, covered }) {
  const text = `${label}${covered ? "" : " ✕"}`.trim();
  return html`<g class=${`object ${covered ? "covered" : "missed"}`}>
    <rect ...${{ x, y, width, height }} class="halo" stroke-width=${5 * scale} />
    <rect ...${{ x, y, width, height }} class="edge" stroke-width=${(active ? 3.5 : 2) * scale} />
    ${text && html`<rect class="plate" x=${x} y=${y} width=${(text.length * 7 + 8) * scale} height=${17 * scale} />
      <text x=${x + 4 * scale} y=${y + 12.5 * scale} font-size=${11.5 * scale}>${text}</text>`}
  </g>`;
}
