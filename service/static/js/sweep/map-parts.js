// Parts of the accuracy map: a cell, the marks over a row, the legend.
import { number, percent } from "../format.js";
import { html } from "../html.js";
import { ESTIMATORS } from "./rows.js";

const NARROW = 17; // px of width below which a cell has no words
const WIDE = 33; // and from which on it has its accuracy
const HALF_WAY = 0.75; // between guessing and all right
const SHADES = [0.5, 0.6, 0.7, 0.75, 0.8, 0.9, 1];
// How strong a colour is, by how certain the answer: what lies between two bands leaves words of no colour a contrast
// of 4.5.
const BANDS = [
  { ground: "on-pale", above: 0, upTo: 0.43, from: 0.12, to: 0.42 },
  { ground: "on-middling", above: 0.43, upTo: 0.86, from: 0.69, to: 0.77 },
  { ground: "on-strong", above: 0.86, upTo: 1, from: 0.95, to: 1 },
];
// One shape for each estimator, about 0 0.
const SHAPES = {
  trf: "M0-6 5 4H-5Z",
  three_sqrt_depth: "M0-5 5 0 0 5-5 0Z",
  constant_forward: "M-4-4H4V4H-4Z",
  closed_form: "M-4.5 0A4.5 4.5 0 1 0 4.5 0 4.5 4.5 0 1 0-4.5 0Z",
  clt: "M-5-4H5L0 6Z",
};

/** One distance of one network: coloured by its accuracy, empty where nothing was trained. */
export function Cell({ cell, isChosen, isSearched, place, words, tabindex, id, onChoose, onOver }) {
  const box = { ...place, width: Math.max(1, place.width - 1) };
  const byKey = (event) => chooseBy(event, onChoose);
  return html`<g role="gridcell" class="cell" id=${id} tabindex=${tabindex} aria-label=${words}
      aria-selected=${isChosen} onClick=${onChoose} onKeyDown=${byKey} onPointerEnter=${onOver} onFocus=${onOver}>
    <rect class=${isSearched ? "ground" : "ground beyond"} ...${box} />
    ${cell && html`<${Trained} cell=${cell} box=${box} />`}
    ${isChosen && html`<rect class="ring" ...${box} data-only="page" />`}
  </g>`;
}

function Trained({ cell, box }) {
  const { x, y, width, height } = box;
  const { mean } = cell;
  if (mean === null) {
    const [left, right, top, bottom] = [x + 3, x + width - 3, y + 3, y + height - 3];
    return html`<path class="failed" d=${`M${left} ${top}L${right} ${bottom}M${right} ${top}L${left} ${bottom}`} />`;
  }
  return html`<rect class=${mean >= HALF_WAY ? "learnt" : "unlearnt"} ...${box} fill-opacity=${strength(mean)} />`;
}

/** Accuracies and numbers of trainings over a row; the cells have them as their names. */
export function RowWords({ cells, frame, y }) {
  const { x, half, rowHeight, distances } = frame;
  const shown = distances.map((distance) => cells.get(distance)).filter((cell) => (cell?.mean ?? null) !== null);
  return html`<g class="row-words" aria-hidden="true">
    ${shown.map((cell) => wordsIn(cell, 2 * half, rowHeight).map((line, at) => html`<text x=${x(cell.distance)}
      y=${y + 15 + 12 * at} class=${`${line.class} ${groundOf(cell.mean)}`} text-anchor="middle">
      ${line.words}</text>`))}
  </g>`;
}

/** Boundary, its interval, and what theory says, over a row. */
export function RowMarks({ row, y, frame, known }) {
  const { x, rowHeight, left, right } = frame;
  const { boundary_px: at, interval_px: interval, boundary, radii } = row;
  const isFound = boundary === "found" && at !== null;
  const [from, to] = (interval ?? [at, at]).map((end) => Math.min(right, Math.max(left, x(end))));
  const upright = { x1: x(at), x2: x(at), y1: y, y2: y + rowHeight };
  const shown = radii ? known.filter((key) => radii[key] !== null && x(radii[key]) <= right) : [];
  return html`<g class="row-marks" aria-hidden="true">
    ${isFound && interval && html`<rect class="interval" x=${from} width=${Math.max(1, to - from)} y=${y + 3}
      height=${rowHeight - 6} />`}
    ${isFound && html`<line class="boundary halo" ...${upright} /><line class="boundary" ...${upright} />`}
    ${shown.map((key) => html`<path class=${`radius ${key}`} d=${SHAPES[key]}
      transform=${`translate(${x(radii[key])} ${y + rowHeight - 7})`}>
      <title>${`${ESTIMATORS[key]}: ${number(radii[key], 1)} px`}</title></path>`)}
  </g>`;
}

/** Colours and shapes in words. @param {string[]} known estimators that have an answer */
export function Legend({ known }) {
  return html`<div class="legend small muted">
    <span class="ramp" role="img" aria-label="Colours: from guessing, 50 %, over the boundary, 75 %, to all right">50 %
      ${SHADES.map((mean) => html`<span class=${mean >= HALF_WAY ? "learnt" : "unlearnt"}
        style=${{ opacity: strength(mean) }}></span>`)} 100 %</span>
    <span><svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <rect class="interval" x="2" y="1" width="10" height="12" />
      <line class="boundary" x1="7" x2="7" y1="0" y2="14" /></svg> boundary, 95 % interval</span>
    ${known.map((key) => html`<span><svg width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
      <path class=${`radius ${key}`} d=${SHAPES[key]} /></svg> ${ESTIMATORS[key]}</span>`)}
    <span>98: accuracy in %, ×3: mean of three trainings</span>
  </div>`;
}

/** Title and shapes for the file alone: on the page they are text around the picture. */
export function FileLegend({ title, known, frame }) {
  const step = (frame.width - 20) / (known.length + 1);
  return html`<g data-only="file" class="file-legend">
    <text class="title" x="4" y="-12">${title}</text>
    <g transform=${`translate(12 ${frame.height + 12})`}>
      <rect class="interval" x="-5" y="-6" width="10" height="12" />
      <line class="boundary" x1="0" x2="0" y1="-7" y2="7" />
      <text x="12" y="4">boundary, 95 %</text></g>
    ${known.map((key, at) => html`<g transform=${`translate(${12 + step * (at + 1)} ${frame.height + 12})`}>
      <path class=${`radius ${key}`} d=${SHAPES[key]} /><text x="12" y="4">${ESTIMATORS[key]}</text></g>`)}
  </g>`;
}

// Guessing and all right are strongest; the boundary between them is pale.
function strength(mean) {
  const certainty = Math.min(1, Math.abs(mean - HALF_WAY) / 0.25);
  const { above, upTo, from, to } = BANDS.find((band) => certainty <= band.upTo);
  return Number((from + ((to - from) * (certainty - above)) / (upTo - above)).toFixed(3));
}

// What words on a cell need, so that they can be read: see the colours of each theme.
function groundOf(mean) {
  return BANDS.find(({ to }) => strength(mean) <= to).ground;
}

// As many lines as have room above the marks.
function wordsIn({ mean, runs }, width, height) {
  const lines = [
    width >= WIDE && { class: "mean", words: percent(mean, 0).replace(" %", "") },
    width >= NARROW && runs.length > 1 && { class: "several", words: `×${runs.length}` },
  ];
  return lines.filter(Boolean).slice(0, Math.max(0, Math.floor((height - 10) / 12)));
}

function chooseBy(event, onChoose) {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  onChoose();
}
