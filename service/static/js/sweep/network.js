// One network: accuracy over distance with every training as a point, and how the trainings at one distance went.
import { number, percent } from "../format.js";
import { html, useMemo } from "../html.js";
import { LineChart } from "../lib/chart.js";
import { ESTIMATORS, cellsOf, logisticOf, shownTo } from "./rows.js";
import { boundaryWords, runWords } from "./words.js";

const SPREAD = 0.7; // px over which trainings of one distance stand side by side
const FAILED = 0.36; // where trainings without an accuracy stand
const STEPS = 200;

/** Both charts; `choose(row, distance)`. */
export function Network({ job, rows, row, distance, choose }) {
  const select = (event) => choose(rows[event.target.selectedIndex], distance);
  const at = row.runs.filter((run) => run.distance_px === distance);
  return html`<section class="card stack" aria-labelledby="network">
    <div class="row spread"><h2 id="network">One network</h2>
      <label class="row small"><span class="muted">Network</span>
        <select value=${row.network} onChange=${select}>
          ${rows.map(({ network }) => html`<option value=${network}>${network}</option>`)}</select></label></div>
    <p>Boundary ${boundaryWords(row)}${row.width_px !== null && html`, scale of the fit ${number(row.width_px)} px`}
      ${row.failures !== null && html`, ${percent(row.failures, 0)} of trainings within reach fail`}.</p>
    ${row.runs.length > 0
      ? html`<div class="columns charts">
          <${Accuracies} ...${{ job, row, distance, choose }} />
          <${Training} ...${{ job, row, distance, runs: at }} />
        </div>`
      : html`<p class="muted" role="status">No training has ended yet.</p>`}
  </section>`;
}

/** Every training as a point, the fit as a line, boundary and radii across. */
function Accuracies({ job, row, distance, choose }) {
  const series = useMemo(() => seriesOf(row), [row]);
  const marks = useMemo(() => marksOf(row), [row]);
  const spans = useMemo(() => spansOf(row), [row]);
  const index = series[0].runs.findIndex((run) => run.distance_px === distance);
  const picked = index < 0 ? null : { series: 0, index };
  const pick = (at, place) => series[at].runs && choose(row, series[at].runs[place].distance_px);
  return html`<${LineChart} title=${`Accuracy over distance, ${row.network}`}
    name=${`${job.id.slice(0, 8)}.${row.network}.accuracy`}
    series=${series} marks=${marks} spans=${spans} onPick=${pick} picked=${picked}
    xLabel="distance, px" yLabel="accuracy" yDomain=${[row.runs.some(isFailed) ? 0.33 : 0.4, 1.04]} height=${360} />`;
}

/** Accuracy over the steps of the trainings at one distance. */
function Training({ job, row, distance, runs }) {
  const series = useMemo(() => runs.filter((run) => run.accuracies?.length).map((run) => ({
    name: `seed ${run.seed}`,
    look: "both",
    x: run.accuracies.map(([step]) => step),
    y: run.accuracies.map(([, accuracy]) => accuracy),
  })), [runs.map(({ key, steps }) => `${key}.${steps}`).join()]);
  return html`<div class="stack">
    ${series.length > 0
      ? html`<${LineChart} key=${`${row.network}.${distance}.${series.length}`} title=${`Training at ${distance} px`}
        name=${`${job.id.slice(0, 8)}.${row.network}.${distance}px.training`}
        series=${series} marks=${LEVELS} xLabel="step" yLabel="accuracy" yDomain=${[0.35, 1.04]} height=${300} />`
      : html`<p class="muted">No training at ${distance} px was looked at on its way. Choose a cell of the map or a
        point.</p>`}
    ${runs.length > 0 && html`<ul class="found small">
      ${runs.map((run) => html`<li class=${isFailed(run) ? "bad" : ""}>${runWords(run)}</li>`)}</ul>`}
  </div>`;
}

const LEVELS = [{ axis: "y", at: 0.5, label: "guessing" }, { axis: "y", at: 0.75, label: "half-way" }];

function isFailed({ accuracy }) {
  return accuracy === null;
}

function seriesOf(row) {
  const known = row.runs.filter((run) => !isFailed(run));
  const failed = row.runs.filter(isFailed);
  const fit = logisticOf(row);
  const from = Math.min(...row.runs.map((run) => run.distance_px)) - 1;
  const step = (shownTo([row]) + 1 - from) / STEPS;
  const x = Array.from({ length: STEPS + 1 }, (_, place) => from + place * step);
  return [
    { ...pointsOf(known, row), name: "trainings", class: "s-1" },
    failed.length && { ...pointsOf(failed, row), name: "failed, without an accuracy", class: "failed" },
    fit && { name: row.boundary === "found" ? "logistic fit" : "a first guess at the fit", class: "fit", x,
      y: x.map(fit), dashed: row.boundary !== "found" },
  ].filter(Boolean);
}

function pointsOf(runs, row) {
  const sorted = [...runs].sort((a, b) => a.distance_px - b.distance_px || a.seed - b.seed);
  const cells = cellsOf(row);
  const beside = (run) => {
    const same = [...cells.get(run.distance_px).runs].sort((a, b) => a.seed - b.seed);
    return (SPREAD / Math.max(same.length, 4)) * (same.indexOf(run) - (same.length - 1) / 2);
  };
  return {
    look: "points", runs: sorted, x: sorted.map((run) => run.distance_px + beside(run)),
      y: sorted.map(({ accuracy }) => accuracy ?? FAILED),
    labels: sorted.map((run) => `${run.distance_px} px: ${runWords(run)}`),
  };
}

function marksOf({ boundary, boundary_px: at, radii, runs }) {
  const most = 1.3 * Math.max(...runs.map((run) => run.distance_px));
  const theory = Object.entries(radii ?? {}).filter(([, radius]) => radius !== null && radius <= most);
  return [
    ...LEVELS,
    ...theory.map(([key, radius]) => ({ axis: "x", at: radius, label: `${ESTIMATORS[key]} ${number(radius, 1)}`,
      class: `radius-line ${key}` })),
    ...(boundary === "found" && at !== null
      ? [{ axis: "x", at, label: `boundary ${number(at, 1)}`, class: "boundary-line solid" }] : []),
  ];
}

function spansOf({ interval_px: interval, boundary }) {
  if (!interval || boundary !== "found") return [];
  return [{ from: interval[0], to: interval[1], label: "95 % interval of the boundary" }];
}
