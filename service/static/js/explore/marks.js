// What is drawn over the picture: fields, the grid of units, tags. `scale` is px of the input per px of the screen.
import { number, sides } from "../format.js";
import { html } from "../html.js";
import { centreOf } from "../lib/field.js";
import { beyond, frameOf, overlap, pathOf } from "./geometry.js";

const GRID_LEAST = 7; // px of the screen between two units that are still drawn
const GRID_MOST = 6000;
const DASH = 9; // px of the screen

/** The picture outside of a rectangle, darkened. */
export function Veil({ rect, stage, opacity }) {
  const frame = frameOf(stage);
  const seen = rect && overlap(rect, frame);
  const path = pathOf(frame) + (seen ? pathOf(seen) : "");
  return html`<path class="veil" fill-rule="evenodd" fill-opacity=${opacity} d=${path} />`;
}

/**
 * A theoretical field: whole where it lies on the picture, dashed where it reaches beyond.
 * `share`: [place, count] among fields with the same outline, which are drawn with dashes in turn.
 */
export function FieldMark({ rect, colour, scale, faint = false, share = [0, 1], clip }) {
  if (!rect) return null;
  const path = pathOf(rect);
  const [place, count] = share;
  const dash = DASH * scale;
  const dashes = { "stroke-dasharray": `${dash} ${dash * (count - 1)}`, "stroke-dashoffset": -dash * place };
  return html`<g class=${`trf ${faint ? "faint" : ""}`} style=${{ "--c": colour }}>
    <path class="beyond" d=${path} stroke-width=${1.5 * scale} stroke-dasharray=${`${4 * scale} ${4 * scale}`} />
    <g clip-path=${`url(#${clip})`}>
      ${place === 0 && !faint && html`<path class="halo" d=${path} stroke-width=${5 * scale} />`}
      <path class="outline" d=${path} stroke-width=${(faint ? 1.25 : 2.5) * scale} ...${count > 1 ? dashes : {}} />
    </g>
  </g>`;
}

/** How far a field reaches beyond what the stage shows, as marks at its edges. */
export function BeyondMarks({ rect, stage: { view }, scale, colour }) {
  const out = beyond(rect, view);
  const y = clamp(rect.y + rect.height / 2, view.y + 24 * scale, view.y + view.height - 24 * scale);
  const x = clamp(rect.x + rect.width / 2, view.x + 24 * scale, view.x + view.width - 24 * scale);
  const inset = 5 * scale;
  const places = {
    left: [view.x + inset, y, "start", "◂ ", ""],
    right: [view.x + view.width - inset, y, "end", "", " ▸"],
    top: [x, view.y + 15 * scale, "middle", "▴ ", ""],
    bottom: [x, view.y + view.height - inset, "middle", "▾ ", ""],
  };
  return Object.entries(places)
    .filter(([side]) => out[side] > 0)
    .map(([side, [left, top, anchor, before, after]]) => html`<text key=${side} class="reach" x=${left} y=${top}
      text-anchor=${anchor} font-size=${12 * scale} stroke-width=${3 * scale}
      style=${{ "--c": colour }}>${before}${number(out[side], 0)} px${after}</text>`);
}

/** The centres of a tensor's units, where they are far enough apart to be told from each other. */
export function Grid({ tensor, stage, scale }) {
  const [rows, columns] = stage.axes === 1 ? [1, tensor.units[0]] : tensor.units.slice(-2);
  const spacing = Math.min(stage.width / columns, rows > 1 ? stage.height / rows : Infinity);
  if (spacing / scale < GRID_LEAST || rows * columns > GRID_MOST) return null;
  const along = (axis, count) => {
    const centres = [...Array(count).keys()].map((unit) => centreOf(tensor.map.at(axis), unit));
    return centres.filter((at) => at !== null);
  };
  const xs = along(-1, columns);
  const ys = stage.axes === 1 ? [stage.height / 2] : along(-2, rows);
  const path = ys.map((y) => xs.map((x) => `M${x} ${y}h0`).join("")).join("");
  return html`<path class="grid-halo" d=${path} stroke-width=${3.4 * scale} />
    <path class="grid" d=${path} stroke-width=${2 * scale} />`;
}

/** The unit's own centre. @param {number[]} at [y, x] */
export function Centre({ at: [y, x], scale }) {
  const arm = 7 * scale;
  const path = `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`;
  return html`<g class="centre"><path class="halo" d=${path} stroke-width=${4.5 * scale} />
    <path d=${path} stroke-width=${2 * scale} /></g>`;
}

/** A tag for each head, at the upper left of its field as far as that is on the stage; no two lie over each other. */
export function Tags({ shown, view, scale }) {
  const taken = [];
  return shown.filter(({ rect }) => rect).map(({ head, rect }) => {
    const text = `${head.name} · ${sides(head.size)} px`;
    const box = { width: (text.length * 6.6 + 12) * scale, height: 19 * scale };
    box.x = clamp(rect.x, view.x + 3 * scale, view.x + view.width - box.width);
    box.y = clamp(rect.y, view.y + 3 * scale, view.y + view.height - box.height);
    while (taken.some((other) => overlap(other, box))) box.y += box.height + 2 * scale;
    taken.push(box);
    return html`<g key=${head.tensor} class="tag" style=${{ "--c": head.colour }}>
      <rect ...${box} rx=${4 * scale} />
      <text x=${box.x + 6 * scale} y=${box.y + 13.5 * scale} font-size=${12 * scale}>${text}</text></g>`;
  });
}

/** For each field its place among those with the same outline: `[place, count]`. */
export function sharesOf(rects) {
  const keys = rects.map((rect) => JSON.stringify(rect));
  const count = (some, key) => some.filter((each) => each === key).length;
  return keys.map((key, i) => [count(keys.slice(0, i), key), count(keys, key)]);
}

function clamp(value, least, most) {
  return Math.max(least, Math.min(value, most));
}
