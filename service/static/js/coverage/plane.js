// Objects by width and height, coloured by the head that covers them, with what each head may cover as a rectangle.
import { scaleLog } from "../../vendor/d3.js";
import { number } from "../format.js";
import { html, useId, useMemo, useRef, useState } from "../html.js";
import { Axes } from "../lib/chart/layers.js";
import { SaveMenu } from "../lib/save.js";
import { useWidth } from "../lib/width.js";
import { isMeasured } from "./judge.js";
import { pxTicks } from "./sizes.js";
import { extentOf, placesOf } from "./spread.js";
import { headClass } from "./words.js";

const CELLS = 44; // along either axis
const FEW = 500; // rows that are drawn one by one
const LEFT = 52;
const FOOT = 42;
const TALLEST = 420;

/** The picture; `result` as `evaluate` gives it. */
export function Plane({ job, rows, result }) {
  const { box, width } = useWidth();
  const svg = useRef(null);
  const [at, setAt] = useState(null);
  const grid = useMemo(() => gridOf(rows), [rows]);
  const cells = useMemo(() => cellsOf(rows, result, grid), [rows, result, grid]);
  const frame = useMemo(() => frameOf(width, grid), [width, grid]);
  const csv = () => tableOf(cells, grid, result.heads);
  const title = "Width by height";
  return html`<figure class="chart">
    <figcaption class="row spread"><strong>${title}</strong>
      <${SaveMenu} name=${`${job.id.slice(0, 8)}.width-height`} what=${title} svg=${() => svg.current} csv=${csv} />
    </figcaption>
    <div class="chart-plot" ref=${box} tabindex="0" role="application" aria-roledescription="chart"
      ...${handlers(frame, cells, at, setAt)} aria-label="Objects by width and height: arrow keys read the cells">
      ${width > 0 && html`<${Picture} ...${{ svg, frame, rows, result, cells, grid, at, title }} />`}
      ${at && html`<p class="picture-reading" role="status">${wordsOf(cells, at, grid, result.heads)}</p>`}
    </div>
    <p class="legend small muted">
      ${result.heads.map(({ name }, place) => html`<span class=${headClass(place)}>
        <span class="dot"></span> ${name} covers</span>`)}
      <span class="uncovered"><span class="dot"></span> not covered</span>
      <span>rectangles: what a head may cover</span></p>
  </figure>`;
}

function Picture({ svg, frame, rows, result, cells, grid, at, title }) {
  const id = useId();
  const { width, height, left, right, top, bottom } = frame;
  const words = `${number(result.covered, 0)} of ${number(result.objects, 0)} objects are covered.`;
  const few = rows.count.length <= FEW;
  return html`<svg ref=${svg} class="plane" width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`}
    role="img" data-file-box=${`0 -32 ${width} ${height + 36}`} aria-label=${`${title}: ${words}`}>
    <desc>${words}</desc>
    <text data-only="file" class="file-title" x="2" y="-12">${title}</text>
    <defs><clipPath id=${`${id}-in`}>
      <rect x=${left} y=${top} width=${right - left} height=${bottom - top} /></clipPath></defs>
    <${Axes} frame=${frame} xLabel="width, px" yLabel="height, px" />
    <g clip-path=${`url(#${id}-in)`}>
      ${few ? html`<${Points} ...${{ rows, result, frame }} />` : html`<${Cells} ...${{ cells, grid, frame }} />`}
      ${result.heads.map((head, place) => html`<${Limit} key=${head.name} ...${{ head, place, frame }} />`)}
      ${at && html`<rect class="here" ...${placeOf(frame, grid, at)} data-only="page" />`}
    </g>
  </svg>`;
}

/** Cells by the head that covers most of what is in them; the red within is the share that none covers. */
function Cells({ cells, grid, frame }) {
  const most = Math.log1p(Math.max(...[...cells.values()].map(({ total }) => total)));
  return [...cells.values()].map((cell) => {
    const { x, y, width, height } = placeOf(frame, grid, cell);
    const inner = Math.sqrt(cell.uncovered / cell.total);
    const opacity = 0.35 + (0.65 * Math.log1p(cell.total)) / most;
    return html`<g opacity=${opacity.toFixed(3)}>
      ${inner < 1 && html`<rect class=${`cell ${headClass(cell.first)}`} ...${{ x, y, width, height }} />`}
      ${inner > 0 && html`<rect class="cell uncovered" x=${x + (width * (1 - inner)) / 2}
        y=${y + (height * (1 - inner)) / 2} width=${width * inner} height=${height * inner} />`}
    </g>`;
  });
}

function Points({ rows, result, frame }) {
  const { head, binding, look } = result.found;
  return [...rows.count].map((count, row) => {
    const { width, height } = rows.looks[look[row]];
    const radius = 4 + Math.min(4, Math.log10(count));
    return html`<circle class=${`point ${headClass(binding[row] < 0 ? head[row] : -1)}`} cx=${frame.x(width[row])}
      cy=${frame.y(height[row])} r=${radius} />`;
  });
}

/** Along each axis from the least that the stride takes to the most that the fields take. */
function Limit({ head, place, frame }) {
  const { x, y } = frame;
  const [[top, bottom], [left, right]] = boundsOf(head).map(([low, high], axis) => {
    const [from, to] = (axis ? x : y).domain();
    return [Math.max(low, from / 2), Math.min(high, to * 2)];
  });
  if (top >= bottom || left >= right) return null;
  return html`<g class=${`limit ${headClass(place)}`}>
    <rect x=${x(left)} y=${y(bottom)} width=${x(right) - x(left)} height=${y(top) - y(bottom)} />
    <text x=${x(left) + 4} y=${y(top) - 5}>${head.name}</text>
  </g>`;
}

/** Least and largest height, then width, that a head may cover, px. */
function boundsOf(head) {
  const { trf, erf, stride } = head.require;
  const seesAll = trf?.global_context === "whole" && head.global_context.length > 0;
  const longest = isMeasured(head, head.require) ? (head.erf_side - 2 * erf.margin_px) / erf.at_least : Infinity;
  return head.trf.map((size, axis) => {
    const beside = trf ? 2 * trf.margin_px + (trf.off_centre ? head.stride[axis] : 0) : 0;
    const field = trf && !seesAll ? (size - beside) / trf.at_least : Infinity;
    return [stride ? head.stride[axis] / stride.at_most : 0, Math.min(field, longest)];
  });
}

function frameOf(width, { edges }) {
  const right = width - 10;
  const top = 22;
  const bottom = top + Math.min(TALLEST, Math.max(200, right - LEFT));
  const scale = (range) => Object.assign(scaleLog().domain([edges[0], edges.at(-1)]).range(range), { isLog: true });
  const [x, y] = [scale([LEFT, right]), scale([bottom, top])];
  const ticks = { xTicks: pxTicks(x, width), yTicks: pxTicks(y, bottom - top) };
  return { x, y, ...ticks, left: LEFT, right, top, bottom, width, height: bottom + FOOT };
}

/** Steps of equal ratio, the same along both axes. */
function gridOf({ looks }) {
  const columns = looks.map(({ width }) => width);
  const rows = looks.map(({ height }) => height);
  const range = extentOf([...columns, ...rows]);
  const { places, edges } = placesOf(columns, CELLS, range);
  return { columns: places, rows: placesOf(rows, CELLS, range).places, edges };
}

function cellsOf({ count }, { found, heads }, { columns, rows }) {
  const cells = new Map();
  for (let i = 0; i < found.head.length; i += 1) {
    const [column, row] = [columns[found.look[i]][i], rows[found.look[i]][i]];
    const key = row * CELLS + column;
    if (!cells.has(key)) cells.set(key, { column, row, counts: heads.map(() => 0), uncovered: 0, total: 0, first: 0 });
    const cell = cells.get(key);
    cell.total += count[i];
    if (found.binding[i] >= 0) cell.uncovered += count[i];
    else cell.counts[found.head[i]] += count[i];
  }
  for (const cell of cells.values()) cell.first = cell.counts.indexOf(Math.max(...cell.counts));
  return cells;
}

function tableOf(cells, { edges }, heads) {
  const sides = ["width_from_px", "width_to_px", "height_from_px", "height_to_px"];
  const ends = (place) => [edges[place], edges[place + 1]];
  return {
    header: [...sides, ...heads.map(({ name }) => name), "uncovered"],
    rows: [...cells.values()].map((cell) => [...ends(cell.column), ...ends(cell.row), ...cell.counts, cell.uncovered]),
  };
}

function placeOf({ x, y }, { edges }, { column, row }) {
  const [left, right, low, high] = [edges[column], edges[column + 1], edges[row], edges[row + 1]];
  return { x: x(left), y: y(high), width: x(right) - x(left), height: y(low) - y(high) };
}

function wordsOf(cells, { column, row }, { edges }, heads) {
  const [left, right, low, high] = [edges[column], edges[column + 1], edges[row], edges[row + 1]];
  const where = `${number(left, 1)} – ${number(right, 1)} × ${number(low, 1)} – ${number(high, 1)} px (width × height)`;
  const cell = cells.get(row * CELLS + column);
  if (!cell) return `${where}: no object`;
  const covered = heads.map(({ name }, place) => [name, cell.counts[place]]).filter(([, count]) => count);
  const words = covered.map(([name, count]) => `${number(count, 0)} covered by ${name}`);
  if (cell.uncovered) words.push(`${number(cell.uncovered, 0)} not covered`);
  return `${where}: ${words.join(", ")}`;
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function handlers(frame, cells, at, setAt) {
  const find = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    const [px, py] = [event.clientX - box.left, event.clientY - box.top];
    const column = Math.floor(((px - frame.left) / (frame.right - frame.left)) * CELLS);
    const row = Math.floor(((frame.bottom - py) / (frame.bottom - frame.top)) * CELLS);
    setAt(column >= 0 && column < CELLS && row >= 0 && row < CELLS ? { column, row } : null);
  };
  return {
    onPointerMove: find,
    onPointerDown: find,
    onPointerLeave: () => setAt(null),
    onBlur: () => setAt(null),
    onKeyDown: (event) => {
      if (event.key === "Escape") setAt(null);
      if (!(event.key in MOVES)) return;
      const [right, up] = MOVES[event.key];
      event.preventDefault();
      const { column, row } = at ?? fullest(cells);
      setAt({ column: clamp(column + right), row: clamp(row + up) });
    },
  };
}

function fullest(cells) {
  return [...cells.values()].reduce((best, cell) => (cell.total > best.total ? cell : best));
}

function clamp(place) {
  return Math.min(CELLS - 1, Math.max(0, place));
}
