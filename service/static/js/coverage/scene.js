// One image with its uncovered objects, and what the nearest head has for the chosen one.
import { number, sides } from "../format.js";
import { html, useRef, useState } from "../html.js";
import { SaveMenu } from "../lib/save.js";
import { usePicture } from "./images.js";
import { BINDS, headClass } from "./words.js";

/** The picture; `row` the chosen object, `others` those in the same image. */
export function Scene({ job, coverage, row, others, images }) {
  const picture = usePicture(images.fileOf(row.image));
  const svg = useRef(null);
  const [isNear, setNear] = useState(false);
  const frame = frameOf(row, coverage, picture);
  const [height, width] = frame;
  const box = rectOf(row.box ?? middle(row, frame));
  const has = hasOf(row, box);
  const view = isNear ? around(larger(box, has), frame) : rectOf([0, 0, width, height]);
  const unit = Math.max(view.width, view.height) / 640;
  const title = row.image ?? `Object ${row.place + 1}`;
  const words = wordsOf(row);
  return html`<figure class="chart scene">
    <figcaption class="row spread"><strong>${title}</strong>
      <span class="row"><button type="button" class="small" aria-pressed=${isNear} onClick=${() => setNear(!isNear)}>
        Look closer</button>
        <${SaveMenu} name=${`${job.id.slice(0, 8)}.worst-${row.place + 1}`} what=${title} svg=${() => svg.current} />
      </span></figcaption>
    <svg ref=${svg} viewBox=${`${view.x} ${view.y} ${view.width} ${view.height}`} role="img"
      aria-label=${`${title}: ${words}`}>
      <rect class="ground" width=${width} height=${height} />
      ${picture?.href && html`<image href=${picture.href} ...${{ width, height }} preserveAspectRatio="none" />`}
      ${others.map((other) => html`<rect class="box other" ...${rectOf(other.box)} stroke-width=${1.5 * unit} />`)}
      <${Chosen} ...${{ row, box, has, unit, view }} />
    </svg>
    <p class="small" aria-live="polite">${words}</p>
    ${picture?.fault && html`<p class="notice bad small" role="alert">${picture.fault}</p>`}
  </figure>`;
}

function Chosen({ row, box, has, unit, view }) {
  const label = `${row.head ?? "no head"}${row.binding === "no_head" ? "" : `: ${row.binding}`}`;
  const plate = { width: (label.length * 7.4 + 10) * unit, height: 20 * unit };
  const x = Math.max(view.x, Math.min(box.x, view.x + view.width - plate.width));
  const above = box.y - plate.height;
  const y = above >= view.y ? above : Math.min(box.y, view.y + view.height - plate.height);
  return html`
    ${has && html`<rect class=${`has ${headClass(row.headPlace)}`} ...${has} stroke-width=${2 * unit}
      stroke-dasharray=${`${7 * unit} ${4 * unit}`} />`}
    <rect class="box halo" ...${box} stroke-width=${5 * unit} />
    <rect class="box" ...${box} stroke-width=${2.5 * unit} />
    <rect class="plate" x=${x} y=${y} ...${plate} />
    <text x=${x + 5 * unit} y=${y + 14.5 * unit} font-size=${13 * unit}>${label}</text>`;
}

/** What the nearest head has, as a square about the object, in px of the image. */
function hasOf({ binding, has_px: px, size_px: size }, { x, y, width, height }) {
  if (px === null || !["trf", "erf", "stride"].includes(binding)) return null;
  const [high, wide] = [(px * height) / size[0], (px * width) / size[1]];
  return { x: x + width / 2 - wide / 2, y: y + height / 2 - high / 2, width: wide, height: high };
}

/** Height and width of the frame: the image's, or the network's input where only sizes are known. */
function frameOf(row, { canvas }, picture) {
  if (row.image_size && row.box) return row.image_size;
  if (row.box && picture?.href) return [picture.height, picture.width];
  return row.box ? [row.box[1] + row.box[3], row.box[0] + row.box[2]] : canvas;
}

function middle({ size_px: [high, wide] }, [height, width]) {
  return [(width - wide) / 2, (height - high) / 2, wide, high];
}

/** A part of the frame, of its proportions, that is three times as large as what is looked at. */
function around({ x, y, width, height }, frame) {
  const [high, wide] = frame;
  const share = Math.min(1, 3 * Math.max(width / wide, height / high));
  const place = (centre, side) => Math.max(0, Math.min(centre - (side * share) / 2, side * (1 - share)));
  return rectOf([place(x + width / 2, wide), place(y + height / 2, high), wide * share, high * share]);
}

function larger(box, has) {
  return has && has.width * has.height > box.width * box.height ? has : box;
}

function rectOf([x, y, width, height]) {
  return { x, y, width, height };
}

function wordsOf({ label, size_px: size, head, binding, has_px: has, needed_px: needed, box }) {
  const where = box ? "" : ", drawn in its middle";
  const what = `${label ?? "Object"} of ${sides(size, 1)} px in the network's input (height × width)${where}`;
  if (head === null) return `${what}: ${BINDS[binding]}.`;
  const needs = `needs ${binding === "stride" ? "at most" : "at least"} ${number(needed, 1)} px`;
  return `${what}: ${BINDS[binding]} at ${head}, which has ${number(has, 1)} px (dashed) and ${needs}.`;
}
