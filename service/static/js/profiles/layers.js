// The theoretical field of every tensor, as one table.
import { number, percent, sides } from "../format.js";
import { html, useMemo } from "../html.js";
import { alongInput, inputsOf } from "../lib/field.js";
import { DataTable } from "../lib/table.js";

const AXES = ["d", "h", "w"];
const WORDS = { exact: "exact", canvas: "exact on this canvas", upper_bound: "upper bound", refuted: "refuted" };

const Dot = () => html`<span class="target">● <span class="visually-hidden">target </span></span>`;

/** In the order of computation; a tensor that sees several inputs has a row for each. */
export function Layers({ job, report }) {
  const rows = useMemo(() => rowsOf(report), [report]);
  const columns = useMemo(() => columnsOf(rows, new Set(report.targets)), [rows]);
  if (!rows.length) return null;
  const { source } = report.analytic;
  return html`<section class="card stack" aria-labelledby="layers">
    <h2 id="layers">Theoretical fields: all layers</h2>
    <p class="muted small">In the order of computation, height before width, in
      ${source ? html` units of <code>${source}</code>` : " px of the network's input"}. Targets have a dot.</p>
    <${DataTable} columns=${columns} rows=${rows} name=${`${job.id.slice(0, 8)}.layers`} json=${report.analytic}
      caption="Theoretical fields of all layers" />
  </section>`;
}

function rowsOf(report) {
  return Object.entries(report.analytic?.tensors ?? {}).flatMap(([tensor, found]) =>
    inputsOf(found).map((input) => ({ tensor, input, ...alongInput(found, input) })),
  );
}

function columnsOf(rows, targets) {
  const axes = AXES.filter((axis) => rows.some((row) => row.axes.includes(axis)));
  // A list has its values under its own axes, also in a network where others have more.
  const list = (key, label, digits = 2) => ({
    key, label, parts: axes, number: true,
    value: (row) => row[key] && axes.map((axis) => row[key][row.axes.indexOf(axis)] ?? null),
    show: (row) => (row[key] ? sides(row[key], digits) : "–"),
  });
  const words = (key, label) => ({ key, label, value: (row) => row[key]?.join("; ") || null });
  return [
    { key: "tensor", label: "Tensor",
      show: ({ tensor }) => html`${targets.has(tensor) && html`<${Dot} />`}<code>${tensor}</code>` },
    ...(rows.some(({ input }) => input) ? [{ key: "input", label: "Input" }] : []),
    { key: "op", label: "Operator" },
    { key: "shape", label: "Shape", value: (row) => row.shape.join("x"), show: (row) => row.shape.join("×") },
    list("size", "Field, px"),
    list("stride", "Stride, px", 4),
    list("padding", "Padding, px"),
    list("start", "Start, px"),
    { key: "density", label: "Density", number: true, show: (row) => number(row.density, 3) },
    { key: "phases", label: "Phases", number: true, value: ({ map }) => Math.max(...map.map(({ q }) => q)) },
    { key: "status", label: "Status", show: (row) => WORDS[row.status] ?? row.status },
    { key: "verified", label: "Verified" },
    { key: "aligned", label: "Aligned", value: (row) => (row.aligned ? "yes" : "no") },
    { key: "clipped_share", label: "Touch padding", number: true, show: (row) => percent(row.clipped_share) },
    words("global_context", "Whole image by"),
    words("reasons", "Reasons"),
  ];
}
