// The accuracy map: networks by distance, boundaries and theoretical radii over it. Cells are a grid for the keyboard.
import { scaleLinear } from "../../vendor/d3.js";
import { html, useMemo, useRef, useState } from "../html.js";
import { SaveMenu } from "../lib/save.js";
import { useWidth } from "../lib/width.js";
import { Cell, FileLegend, Legend, RowMarks, RowWords } from "./map-parts.js";
import { ESTIMATORS, cellsOf, distancesOf, shownTo } from "./rows.js";
import { cellWords } from "./words.js";

const FOOT = 40;
const TOP = 8;
const CHARACTER = 6.6;

/** The picture; `chosen`: `{ row, distance }`, `choose(row, distance)`. */
export function AccuracyMap({ job, rows, chosen: { row, distance }, choose }) {
  const { box, width } = useWidth();
  const svg = useRef(null);
  const [over, setOver] = useState(null);
  const cells = useMemo(() => rows.map(cellsOf), [rows]);
  const frame = useMemo(() => frameOf(rows, width), [rows, width]);
  // A distance that the map does not show would leave it without a place to begin from.
  const chosen = { row, distance: Math.min(frame.distances.at(-1), Math.max(frame.distances[0], distance)) };
  const known = Object.keys(ESTIMATORS).filter((key) => rows.some(({ radii }) => (radii?.[key] ?? null) !== null));
  const title = "Accuracy over distance";
  const csv = () => tableOf(rows, cells);
  const shown = over ?? chosen;
  const at = rows.findIndex(({ network }) => network === shown.row.network);
  return html`<figure class="chart map">
    <figcaption class="row spread"><strong>${title}</strong>
      <${SaveMenu} name=${`${job.id.slice(0, 8)}.accuracy-map`} what=${title} svg=${() => svg.current} csv=${csv} />
    </figcaption>
    <p class="small reading" aria-hidden="true">
      ${cellWords(rows[at], shown.distance, cells[at].get(shown.distance))}</p>
    <div ref=${box} class="map-room" onPointerLeave=${() => setOver(null)}>
      ${width > 0 && html`<${Picture} ...${{ svg, rows, cells, frame, chosen, choose, setOver, known }} />`}</div>
    <${Legend} known=${known} />
  </figure>`;
}

function Picture({ svg, rows, cells, frame, chosen, choose, setOver, known }) {
  const { width, height, left, right, bottom, x, ticks } = frame;
  return html`<svg ref=${svg} width=${width} height=${height} viewBox=${`0 0 ${width} ${height}`} role="grid"
      data-file-box=${`0 -32 ${width} ${height + 62}`}
      aria-label="Accuracy by network and distance; arrow keys go from cell to cell"
      onKeyDown=${(event) => move(event, { rows, frame, chosen, choose })}>
    ${rows.map((row, at) => html`<${Row} key=${row.network} cells=${cells[at]}
      ...${{ row, at, frame, chosen, choose, setOver, known }} />`)}
    <g class="axes" aria-hidden="true">
      <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
      ${ticks.map((tick) => html`<line class="tick" x1=${x(tick)} x2=${x(tick)} y1=${bottom} y2=${bottom + 5} />
        <text x=${x(tick)} y=${bottom + 18} text-anchor="middle">${tick}</text>`)}
      <text class="label" x=${right} y=${bottom + 35} text-anchor="end">distance from letter to mark, px →</text>
    </g>
    <${FileLegend} title="Accuracy over distance" known=${known} frame=${frame} />
  </svg>`;
}

function Row({ row, cells, at, frame, chosen, choose, setOver, known }) {
  const { left, top, rowHeight, distances, x, half } = frame;
  const y = top + at * rowHeight;
  const isOwn = chosen.row.network === row.network;
  return html`<g role="row" aria-label=${row.network}>
    <text role="rowheader" class=${`network ${isOwn ? "own" : ""}`} x=${left - 8} y=${y + rowHeight / 2} dy="0.32em"
      text-anchor="end">${nameOf(row, left)}</text>
    ${distances.map((distance) => {
      const cell = cells.get(distance);
      const isChosen = isOwn && chosen.distance === distance;
      const place = { x: x(distance) - half, y: y + 1, width: 2 * half, height: rowHeight - 2 };
      return html`<${Cell} key=${distance} ...${{ cell, isChosen, place }} words=${cellWords(row, distance, cell)}
        isSearched=${distance >= row.distances[0] && distance <= row.distances[1]}
        tabindex=${isChosen ? 0 : -1} id=${`cell-${at}-${distance}`}
        onChoose=${() => choose(row, distance)} onOver=${() => setOver({ row, distance })} />`;
    })}
    <${RowWords} ...${{ cells, frame, y }} />
    <${RowMarks} ...${{ row, y, frame, known }} />
  </g>`;
}

function frameOf(rows, width) {
  const names = Math.max(...rows.map(({ network }) => network.length)) * CHARACTER + 22;
  const left = Math.round(Math.min(names, Math.max(56, width * 0.24)));
  const right = width - 12;
  const rowHeight = Math.round(Math.min(56, Math.max(16, 480 / rows.length)));
  const bottom = TOP + rows.length * rowHeight;
  const [low] = distancesOf(rows);
  const radii = rows.flatMap((row) => Object.values(row.radii ?? {}).filter((radius) => radius !== null));
  // Theoretical fields of deep nets lie far beyond what can be learnt: not all need to be seen.
  const last = shownTo(rows);
  const high = Math.max(last, Math.min(1.15 * last, Math.max(0, ...radii)));
  const first = Math.min(low, ...radii.map(Math.floor));
  const x = scaleLinear().domain([first - 0.5, Math.ceil(high) + 0.5]).range([left, right]);
  const distances = Array.from({ length: last - low + 1 }, (_, place) => low + place);
  const ticks = x.ticks(Math.max(2, Math.floor((right - left) / 55))).filter(Number.isInteger);
  const half = (x(1) - x(0)) / 2;
  return { x, left, right, top: TOP, bottom, rowHeight, width, height: bottom + FOOT, distances, half, ticks };
}

function tableOf(rows, cells) {
  const sorted = (at) => [...cells[at].values()].sort((a, b) => a.distance - b.distance);
  return {
    header: ["network", "depth", "distance_px", "accuracy_mean", "trainings", "failed"],
    rows: rows.flatMap(({ network, depth }, at) => {
      return sorted(at).map((cell) => [network, depth, cell.distance, cell.mean, cell.runs.length, cell.failed]);
    }),
  };
}

function nameOf({ network, depth }, left) {
  const room = Math.floor((left - 14) / CHARACTER);
  if (network.length <= room) return network;
  return depth === null ? `${network.slice(0, room - 1)}…` : `N = ${depth}`;
}

const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function move(event, { rows, frame, chosen, choose }) {
  const { distances } = frame;
  const [right, down] = MOVES[event.key] ?? [0, 0];
  const ends = { Home: distances[0], End: distances.at(-1) };
  if (!right && !down && !(event.key in ends)) return;
  event.preventDefault();
  const at = rows.findIndex(({ network }) => network === chosen.row.network);
  const to = Math.min(rows.length - 1, Math.max(0, at + down));
  const distance = ends[event.key] ?? Math.min(distances.at(-1), Math.max(distances[0], chosen.distance + right));
  choose(rows[to], distance);
  event.currentTarget.querySelector(`#cell-${to}-${distance}`)?.focus();
}

