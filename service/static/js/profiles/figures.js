// Every figure of every measured map, as one table.
import { NAMES, number, percent } from "../format.js";
import { html, useMemo } from "../html.js";
import { brief } from "../lib/chart.js";
import { DataTable } from "../lib/table.js";
import { setQuery } from "../route.js";
import { ESTIMATORS, axesOf, entriesOf } from "./choice.js";

const SHAPES = ["gaussian", "box", "laplace", "generalised"];

/** A row chooses what the curves above show. */
export function Figures({ job, report, choice }) {
  const rows = useMemo(() => ESTIMATORS.flatMap((estimator) => entriesOf(report, estimator)), [report]);
  const columns = useMemo(() => columnsOf(rows), [rows]);
  const isChosen = ({ entry }) => entry === choice.chosen[0].entry;
  const choose = ({ target, entry }) => setQuery({ target, unit: `${entry.unit}` });
  return html`<section class="card stack" aria-labelledby="figures">
    <h2 id="figures">Effective fields: all figures</h2>
    <p class="muted small">About each unit's own centre, px of the network's input. A row chooses what the charts
      show.</p>
    <${DataTable} columns=${columns} rows=${rows} name=${`${job.id.slice(0, 8)}.effective`}
      onRow=${choose} selected=${isChosen} caption="Figures of all effective fields"
      json=${rows.map(({ estimator, target, entry }) => ({ estimator, target, ...entry }))} />
  </section>`;
}

function columnsOf(rows) {
  const axes = axesOf(Math.max(...rows.map(({ entry }) => entry.unit.length)));
  return [
    { key: "target", label: "Target" },
    { key: "estimator", label: "Estimator", show: ({ estimator }) => NAMES[estimator] },
    list("unit", "Unit", axes, (entry) => entry.unit),
    list("centre_px", "Centre, px", axes, (entry) => entry.centre_px),
    list("canvas", "Image, px", axes, (entry) => entry.canvas),
    figure("luo_size", "Luo size, px", (m) => m.luo_size),
    figure("luo_pixels", "Luo pixels", (m) => m.luo_pixels),
    figure("share_of_trf", "Share of theory", (m) => m.share_of_trf, percent),
    ...family(rows, (m) => m.radius_px.axis, "radius_axis", (level) => `Radius at ${level} on axes, px`),
    ...family(rows, (m) => m.radius_px.radial, "radius_radial", (level) => `Radius at ${level}, px`),
    ...family(rows, (m) => m.energy_side, "energy_side", (percentage) => `Square of ${percentage} %, px`),
    ...family(rows, (m) => m.energy_radius, "energy_radius", (percentage) => `Disc of ${percentage} %, px`),
    list("gaussian_sigma", "Gaussian σ, px", axes.map((_, at) => at + 1), (entry) => entry.metrics.gaussian?.sigma),
    figure("gaussian_theta", "Gaussian θ, rad", (m) => m.gaussian?.theta, finer),
    figure("gaussian_r2", "Gaussian R²", (m) => m.gaussian?.r2, finer),
    { key: "best_shape", label: "Best shape", value: ({ entry }) => entry.metrics.best_shape },
    ...SHAPES.map((shape) => figure(`kl_${shape}`, `KL ${shape}, nats`, (m) => m.shapes?.[shape].kl, finer)),
    figure("exponent", "Exponent b", (m) => m.shapes?.generalised.exponent),
    figure("dependence", "Dependence, nats", (m) => m.shapes?.dependence, finer),
    figure("anisotropy", "Anisotropy", (m) => m.anisotropy, finer),
    ...family(rows, (m) => m.area_ratio, "area_ratio", (share) => `Area ratio ${share}`, finer),
    list("offset_px", "Offset, px", axes, (entry) => entry.metrics.offset_px),
    figure("mass", "Sum of the map", (m) => m.mass, brief),
  ];
}

const finer = (value) => number(value, 4);

/** A column of one figure of the metrics. */
function figure(key, label, of, words = number) {
  const value = ({ entry }) => of(entry.metrics) ?? null;
  return { key, label, number: true, value, show: (row) => words(value(row)) };
}

/** A column for each of the keys that occur in some figures: levels, percentages. */
function family(rows, of, kind, label, words = number) {
  const keys = [...new Set(rows.flatMap(({ entry }) => Object.keys(of(entry.metrics) ?? {})))];
  return keys.map((key) => figure(`${kind}_${key}`, label(key), (metrics) => of(metrics)?.[key], words));
}

/** A column of a list, one number for each axis. */
function list(key, label, parts, of) {
  const value = ({ entry }) => of(entry) ?? null;
  const show = (row) => value(row)?.map((one) => number(one)).join(", ") ?? "–";
  return { key, label, parts, number: true, value, show };
}
