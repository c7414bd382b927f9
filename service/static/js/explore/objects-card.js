// The reader's objects beside the stage: how much a head must see, and which head does.
import { number, sides } from "../format.js";
import { html } from "../html.js";
import { note } from "./address.js";
import { verdictOf } from "./objects.js";

const HINT = `Draw a box around something on the picture (or drag with Shift): green if a head sees it whole with room
  to spare, red if it is too large for every head.`;
const HOW = `Drag on the picture. By keyboard: go to the picture, Enter places a box, arrows resize it (with Alt: move
  it), Delete removes it, Enter again ends.`;

/** `objects`: as `useObjects` gives them. */
export function Objects({ objects }) {
  const { possible, boxes, factor, heads, drawing, setDrawing } = objects;
  if (!possible) return null;
  const missed = boxes.filter((box) => !verdictOf(box, heads, factor).head).length;
  const covered = boxes.length === 1 ? "It is covered" : `All ${boxes.length} are covered`;
  return html`<section class="card stack objects" aria-labelledby="objects-title">
    <div class="row spread">
      <h3 id="objects-title">Is it enough for your objects?</h3>
      <button aria-pressed=${drawing} onClick=${() => setDrawing(!drawing)}>
        ${drawing ? "Done drawing" : "Draw an object"}</button>
    </div>
    ${drawing && html`<p class="muted small">${HOW}</p>`}
    ${boxes.length === 0 && !drawing && html`<p class="muted small">${HINT}</p>`}
    ${boxes.length > 0 && html`
      <label class="field"><span>A head must see at least <strong>${number(factor)}</strong> times the object</span>
        <input type="range" min="0.5" max="4" step="0.1" value=${factor}
          onInput=${(event) => note({ factor: Number(event.target.value) })} /></label>
      <p role="status" class=${`small ${missed ? "bad" : "good"}`}>
        ${missed ? `${missed} of ${boxes.length} too large for every head` : covered}</p>
      <${BoxTable} objects=${objects} />`}
  </section>`;
}

function BoxTable({ objects }) {
  return html`<div class="scroll"><table class="boxes">
    <caption class="visually-hidden">Objects and the heads that cover them</caption>
    <thead><tr><th>#</th><th>Height</th><th>Width</th><th>Covered by</th>
      <th><span class="visually-hidden">Remove</span></th></tr></thead>
    <tbody>${objects.boxes.map((box, place) => html`<${BoxRow} key=${place} ...${{ objects, box, place }} />`)}</tbody>
  </table></div>`;
}

function BoxRow({ objects: { factor, heads, selected, select, change, remove }, box, place }) {
  const resize = (at) => (event) => {
    const side = Number(event.target.value);
    if (side > 0) change(place, box.map((value, i) => (i === at ? side : value)));
  };
  const dismiss = (event) => {
    event.stopPropagation();
    remove(place);
  };
  const side = (at, name) => html`<td><input type="number" min="1" step="1" value=${box[at]} onChange=${resize(at)}
    aria-label=${`${name} of object ${place + 1}, px`} /></td>`;
  return html`<tr class=${place === selected ? "selected" : ""} onClick=${() => select(place)}>
    <td>${place + 1}</td>${side(2, "Height")}${side(3, "Width")}
    <td class="small"><${Verdict} ...${{ box, heads, factor }} /></td>
    <td><button class="plain" aria-label=${`Remove object ${place + 1}`} onClick=${dismiss}>✕</button></td></tr>`;
}

function Verdict({ box, heads, factor }) {
  const { head, widest } = verdictOf(box, heads, factor);
  if (head) {
    const words = ` stride ${sides(head.stride)}, sees ${sides(head.least)} px`;
    return html`<span class="good">${head.name}</span><span class="muted">${words}</span>`;
  }
  const needed = sides(box.slice(2).map((side) => side * factor), 0);
  const words = ` needs ${needed} px, ${widest.name} sees ${sides(widest.least)}`;
  return html`<span class="bad">too large for every head</span><span class="muted">${words}</span>`;
}
