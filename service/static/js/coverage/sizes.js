// Object sizes on a logarithmic axis, covered and not, with the sizes that each head may cover over them.
import { scaleLinear, scaleLog } from "../../vendor/d3.js";
import { number } from "../format.js";
import { html, useMemo, useRef, useState } from "../html.js";
import { Axes } from "../lib/chart/layers.js";
import { ticksOf } from "../lib/chart/scales.js";
import { SaveMenu } from "../lib/save.js";
import { useWidth } from "../lib/width.js";
import { BINDINGS } from "./judge.js";
import { placesOf, sizesOf } from "./spread.js";
import { bindingWords, headClass } from "./words.js";

const HEAD = 18; // px of height over the heads, for the words of the axis
const ROW = 22; // px of height for each head
const PLOT = 210;
const FOOT = 42;
const BAR = 7; // px of width, about

/** The histogram; `result` as `evaluate` gives it. */
export function Sizes({ job, rows, result }) {
  const { box, width } = useWidth();
  const svg = useRef(null);
  const [at, setAt] = useState(null);
  const count = Math.max(12, Math.min(90, Math.floor((width - 60) / BAR)));
  const scale = useMemo(() => placesOf(sizesOf(rows), count), [rows, count]);
  const bars = useMemo(() => barsOf(rows, result.found, scale), [rows, result, scale]);
  const csv = () => ({
    header: ["from_px", "to_px", "covered", "uncovered"],
    rows: bars.map(({ from, to, covered, uncovered }) => [from, to, covered, uncovered]),
  });
  const title = "Object sizes";
  return html`<figure class="chart">
    <figcaption class="row spread"><strong>${title}</strong>
      <${SaveMenu} name=${`${job.id.slice(0, 8)}.object-sizes`} what=${title} svg=${() => svg.current} csv=${csv} />
    </figcaption>
    <div class="chart-plot" ref=${box} tabindex="0" role="application" aria-roledescription="chart"
      ...${handlers(bars, at, setAt)} aria-label="Object sizes: arrow keys read the bars">
      ${width > 0 && html`<${Picture} ...${{ svg, width, bars, result, at, title }} />`}
      ${at !== null && bars[at] && html`<p class="picture-reading" role="status">${wordsOf(bars[at])}</p>`}
    </div>
    <p class="legend small muted"><span><span class="key covered-key"></span> covered</span>
      <span><span class="key uncovered-key"></span> not covered</span>
      <span>bars above: sizes of square objects that a head may cover</span></p>
  </figure>`;
}

function Picture({ svg, width, bars, result, at, title }) {
  const { heads } = result;
  const frame = frameOf(width, bars, heads.length);
  const { x, y, bottom, height } = frame;
  const range = `from ${number(bars[0].from, 1)} to ${number(bars.at(-1).to, 1)} px`;
  const words = `${number(result.covered, 0)} of ${number(result.objects, 0)} objects are covered, ${range}.`;
  return html`<svg ref=${svg} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="img"
    data-file-box=${`0 -32 ${width} ${height + 36}`} aria-label=${`${title}: ${words}`}>
    <desc>${words}</desc>
    <text data-only="file" class="file-title" x="2" y="-12">${title}</text>
    <${Axes} frame=${frame} xLabel="size: square root of width × height, px" yLabel="objects" />
    ${bars.map(({ from, to, covered, uncovered }, place) => {
      const [left, right] = [x(from) + 0.5, x(to) - 0.5];
      const base = bottom - heightOf(covered, y, bottom);
      const shared = { x: left, width: Math.max(0.5, right - left) };
      const missed = heightOf(uncovered, y, bottom);
      return html`<g class=${place === at ? "bar on" : "bar"}>
        <rect class="covered" ...${shared} y=${base} height=${bottom - base} />
        <rect class="uncovered" ...${shared} y=${base - missed} height=${missed} /></g>`;
    })}
    ${heads.map((head, place) => html`<${Range} key=${head.name} ...${{ head, place, frame }} />`)}
  </svg>`;
}

/** What a head may cover, as a bar over the histogram; an open end is drawn to the end. */
function Range({ head, place, frame }) {
  const { x, left, right } = frame;
  const [low, high] = x.domain();
  const from = Math.max(low, head.smallest_px ?? low);
  const to = Math.min(high, head.largest_px ?? high);
  const y = HEAD + place * ROW + 4;
  const inside = from < to;
  const most = head.largest_px === null ? "∞" : number(head.largest_px, 1);
  const words = inside ? `${number(head.smallest_px ?? 0, 1)} – ${most} px` : "none of these";
  const middle = inside ? Math.min(Math.max((x(from) + x(to)) / 2, left + 50), right - 50) : (left + right) / 2;
  return html`<g class=${`range ${headClass(place)}`}>
    <text class="name" x=${left - 6} y=${y + 11} text-anchor="end">${head.name}</text>
    <line x1=${left} x2=${right} y1=${y + 7} y2=${y + 7} />
    ${inside && html`<rect x=${x(from)} width=${x(to) - x(from)} y=${y} height="14" rx="3" />`}
    <text class="words" x=${middle} y=${y + 11} text-anchor="middle">${words}</text>
  </g>`;
}

function frameOf(width, bars, heads) {
  const left = 52;
  const right = width - 10;
  const top = HEAD + heads * ROW + 14;
  const bottom = top + PLOT;
  const x = Object.assign(scaleLog().domain([bars[0].from, bars.at(-1).to]).range([left, right]), { isLog: true });
  const most = Math.max(1, ...bars.map(({ covered, uncovered }) => covered + uncovered));
  const y = Object.assign(scaleLinear().domain([0, most]).nice().range([bottom, top]), { isLog: false });
  const yTicks = ticksOf(y, 4).filter(({ at }) => Number.isInteger(at));
  return { x, y, xTicks: pxTicks(x, width), yTicks, left, right, top, bottom, width, height: bottom + FOOT };
}

/** Ticks that halve and double, as sizes do. */
export function pxTicks(scale, room) {
  const [low, high] = scale.domain();
  const all = [...Array(16).keys()].map((exponent) => 2 ** exponent).filter((at) => at >= low && at <= high);
  const every = Math.ceil(all.length / Math.max(2, room / 45));
  return all.filter((_, place) => place % every === 0).map((at) => ({ at, label: number(at, 0) }));
}

// What is there at all must be seen.
function heightOf(count, y, bottom) {
  return count ? Math.max(1.5, bottom - y(count)) : 0;
}

function barsOf(rows, { head, binding, look }, { places, edges }) {
  const bars = edges.slice(0, -1).map((from, place) => {
    return { from, to: edges[place + 1], covered: 0, uncovered: 0, binding: new Float64Array(BINDINGS.length) };
  });
  for (let row = 0; row < head.length; row += 1) {
    const bar = bars[places[look[row]][row]];
    if (binding[row] < 0) bar.covered += rows.count[row];
    else {
      bar.uncovered += rows.count[row];
      bar.binding[binding[row]] += rows.count[row];
    }
  }
  return bars;
}

function wordsOf({ from, to, covered, uncovered, binding }) {
  const counted = Object.fromEntries(BINDINGS.map((name, code) => [name, binding[code]]).filter(([, count]) => count));
  const words = `${number(from, 1)} – ${number(to, 1)} px: ${number(covered, 0)} covered, ${number(uncovered, 0)} not`;
  return uncovered ? `${words} (${bindingWords(counted)})` : words;
}

function handlers(bars, at, setAt) {
  const find = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = (event.clientX - box.left - 52) / (box.width - 62);
    setAt(share < 0 || share >= 1 ? null : Math.floor(share * bars.length));
  };
  return {
    onPointerMove: find,
    onPointerDown: find,
    onPointerLeave: () => setAt(null),
    onBlur: () => setAt(null),
    onKeyDown: (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") setAt(null);
      if (!by) return;
      event.preventDefault();
      setAt(Math.min(bars.length - 1, Math.max(0, (at ?? (by > 0 ? -1 : bars.length)) + by)));
    },
  };
}
