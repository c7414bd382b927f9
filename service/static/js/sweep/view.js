// A trainability sweep: at which distance networks stop learning, filling in while it runs.
import { number, percent } from "../format.js";
import { html, useMemo } from "../html.js";
import { setQuery } from "../route.js";
import { useStyles } from "../styles.js";
import { Depths } from "./depths.js";
import { Grown } from "./grown.js";
import { AccuracyMap } from "./map.js";
import { Network } from "./network.js";
import { rowsOf } from "./rows.js";
import { NetworkTable, RunTable } from "./tables.js";
import { boundaryWords, costWords } from "./words.js";

/** The view at `#/jobs/<id>/sweep`; `network` and `distance` in the address say which cell of the map is looked at. */
export function SweepView({ job, report, partial, route }) {
  const ready = useStyles("sweep");
  const { sweep } = report;
  const rows = useMemo(() => (sweep ? rowsOf(sweep) : []), [sweep]);
  if (!ready) return null;
  if (!rows.length) {
    return html`<p class="notice" role="status">The map appears here as soon as the first networks are known.</p>`;
  }
  const row = rows.find(({ network }) => network === route.query.get("network")) ?? rows[0];
  const distance = Number(route.query.get("distance")) || nearBoundary(row);
  const choose = (next, at) => setQuery({ network: next.network, distance: `${at}` });
  const chosen = { row, distance };
  return html`<div class="sweep stack">
    <${Summary} ...${{ rows, sweep, partial }} />
    <section class="card stack"><${AccuracyMap} ...${{ job, rows, chosen, choose }} /></section>
    <${Network} ...${{ job, rows, row, distance, choose }} />
    ${row.grown.length > 0 && html`<${Grown} ...${{ job, row }} />`}
    <${Depths} ...${{ job, rows, fits: sweep.fits ?? [] }} />
    <${NetworkTable} ...${{ job, rows }} />
    <${RunTable} ...${{ job, rows, choose }} />
    <${Cost} sweep=${sweep} />
  </div>`;
}

/** What was found, in a sentence per network. */
function Summary({ rows, sweep, partial }) {
  const trained = rows.reduce((sum, { runs }) => sum + runs.length, 0);
  const isComplete = !partial && (sweep.complete ?? true);
  return html`<section class="notice" aria-label="What is known">
    <p role="status"><strong>Where learning ends${!isComplete && ", as far as it is known"}</strong>
      ${` ${number(trained, 0)} trainings of ${rows.length} ${rows.length === 1 ? "network" : "networks"}`}
      ${!isComplete && "; more appear as they end"}.</p>
    <ul class="found">${rows.map((row) => html`<li><code>${row.network}</code> ${boundaryWords(row)}
      ${row.failures !== null && ["found", "above"].includes(row.boundary)
        && html`<span class="muted"> · ${percent(row.failures, 0)} of trainings within reach fail</span>`}</li>`)}</ul>
  </section>`;
}

function Cost({ sweep }) {
  const cuts = sweep.short_cuts ?? [];
  return html`<section class="card stack" aria-labelledby="cost">
    <h2 id="cost">What it cost</h2>
    <p>${costWords(sweep.cost)} Device: ${sweep.device}.</p>
    ${cuts.length > 0 && html`<p>Otherwise than by the plain protocol:</p><ul class="found">
      ${cuts.map((words) => html`<li>${words}</li>`)}</ul>`}
  </section>`;
}

// The trained distance next to the boundary says most.
function nearBoundary({ runs, boundary_px: at, distances }) {
  const trained = [...new Set(runs.map((run) => run.distance_px))].sort((a, b) => a - b);
  if (!trained.length) return distances[0];
  if (at === null) return trained.at(-1);
  return trained.reduce((best, each) => (Math.abs(each - at) < Math.abs(best - at) ? each : best));
}
