// Boundaries over depth, with the lines that were fitted to them and what theory says.
import { html, useMemo } from "../html.js";
import { LineChart } from "../lib/chart.js";
import { ESTIMATORS } from "./rows.js";
import { boundaryWords, fitWords } from "./words.js";

const LAWS = { sqrt: (depth) => Math.sqrt(depth), linear: (depth) => depth };
const POINTS = 60;

/** The chart; nothing where fewer than two networks have a depth. */
export function Depths({ job, rows, fits }) {
  const deep = useMemo(() => rows.filter(({ depth }) => depth !== null), [rows]);
  const series = useMemo(() => seriesOf(deep, fits), [deep, fits]);
  if (deep.length < 2) return null;
  return html`<section class="card stack" aria-labelledby="depths">
    <h2 id="depths">How the boundary grows with depth</h2>
    ${fits.length > 0 && html`<ul class="found">
      ${fits.map((fit) => html`<li>${fit.kind === "sqrt" ? "Square root" : "Line"}: ${fitWords(fit)}
      <span class="muted"> (${fit.points} boundaries)</span></li>`)}</ul>`}
    <${LineChart} title="Boundary over depth" name=${`${job.id.slice(0, 8)}.boundary-depth`} series=${series}
      xLabel="depth, convolutions" yLabel="distance, px" yDomain=${[0, null]} />
  </section>`;
}

function seriesOf(rows, fits) {
  const found = rows.filter(({ boundary, boundary_px: at }) => boundary === "found" && at !== null);
  const interval = (place) => found.map(({ interval_px: ends, boundary_px: at }) => ends?.[place] ?? at);
  const [low, high] = [Math.min(...rows.map(({ depth }) => depth)), Math.max(...rows.map(({ depth }) => depth))];
  const x = Array.from({ length: POINTS + 1 }, (_, place) => low + ((high - low) * place) / POINTS);
  return [
    found.length && {
      name: "boundary, 95 % interval",
      class: "boundary-series",
      look: "both",
      x: found.map(({ depth }) => depth),
      y: found.map(({ boundary_px: at }) => at),
      band: { low: interval(0), high: interval(1) },
      labels: found.map((row) => `${row.network}: ${boundaryWords(row)}`),
    },
    ...fits.map((fit) => ({
      name: `fit: ${fitWords(fit)}`, key: fit.kind, class: `fit-${fit.kind}`, dashed: fit.kind === "linear", x,
      y: x.map((depth) => fit.intercept + fit.slope * LAWS[fit.kind](depth)),
    })),
    ...Object.keys(ESTIMATORS).map((key) => theoryOf(rows, key)),
  ].filter(Boolean);
}

function theoryOf(rows, key) {
  const known = rows.filter(({ radii }) => (radii?.[key] ?? null) !== null);
  if (!known.length) return null;
  // The theoretical field grows past all others: it is there to be switched on.
  return {
    name: ESTIMATORS[key], key, class: `radius-line ${key}`, dashed: true, width: 1.5, hidden: key === "trf",
    x: known.map(({ depth }) => depth), y: known.map(({ radii }) => radii[key]),
  };
}
