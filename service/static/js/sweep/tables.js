// Every network and every training as tables.
import { duration, number, percent } from "../format.js";
import { html, useMemo } from "../html.js";
import { DataTable } from "../lib/table.js";
import { ESTIMATORS } from "./rows.js";

/** The networks with their boundaries and what theory says. */
export function NetworkTable({ job, rows }) {
  return html`<section class="card stack" aria-labelledby="networks">
    <h2 id="networks">Networks</h2>
    <${DataTable} columns=${NETWORKS} rows=${rows} name=${`${job.id.slice(0, 8)}.networks`}
      caption="Networks and their boundaries" />
  </section>`;
}

/** Every training; choosing one goes to its cell. */
export function RunTable({ job, rows, choose }) {
  const runs = useMemo(() => rows.flatMap((row) => row.runs), [rows]);
  const pick = (run) => choose(rows.find(({ network }) => network === run.network), run.distance_px);
  if (!runs.length) return null;
  return html`<section class="card stack" aria-labelledby="runs">
    <h2 id="runs">Trainings</h2>
    <${DataTable} columns=${RUNS} rows=${runs} name=${`${job.id.slice(0, 8)}.trainings`} caption="Every training"
      onRow=${pick} />
  </section>`;
}

const px = (key, label, digits = 1) => ({ key, label, number: true, show: (row) => number(row[key], digits) });

const NETWORKS = [
  { key: "network", label: "Network" },
  { key: "depth", label: "Depth", number: true },
  { key: "boundary", label: "Boundary is" },
  px("boundary_px", "Boundary, px"),
  { key: "interval_px", label: "95 % interval, px", parts: ["low", "high"], number: true,
    show: ({ interval_px: interval }) => (interval ? interval.map((end) => number(end, 1)).join("–") : "–") },
  px("width_px", "Scale of the fit, px", 2),
  { key: "failures", label: "Fail within reach", number: true, show: ({ failures }) => percent(failures, 0) },
  { key: "trainings", label: "Trainings", number: true },
  ...Object.entries(ESTIMATORS).map(([key, name]) => ({
    key,
    label: `${name}, px`,
    number: true,
    value: ({ radii }) => radii?.[key] ?? null,
    show: ({ radii }) => number(radii?.[key], 1),
  })),
];

const RUNS = [
  { key: "network", label: "Network" },
  { key: "distance_px", label: "Distance, px", number: true },
  { key: "seed", label: "Seed", number: true },
  { key: "accuracy", label: "Accuracy", number: true, show: ({ accuracy }) => percent(accuracy) },
  { key: "steps", label: "Steps", number: true },
  { key: "status", label: "Status",
    show: ({ status }) => html`<span class=${status === "failed" ? "bad" : ""}>${status}</span>` },
  { key: "cause", label: "Cause", show: ({ cause }) => html`<span class="wraps">${cause ?? "–"}</span>` },
  { key: "loss", label: "Loss", number: true, show: ({ loss }) => number(loss, 5) },
  { key: "canvas", label: "Canvas, px", parts: ["h", "w"], number: true },
  { key: "seconds", label: "Took", number: true, show: ({ seconds }) => duration(seconds) },
];
