// This check beside an earlier one, and changes to the network that were tried out.
import { number, percent, sides } from "../format.js";
import { html } from "../html.js";
import { DataTable } from "../lib/table.js";

/** The baseline's figures beside this check's. */
export function Compared({ job, baseline }) {
  const { name, verdict, share, heads, regressions } = baseline;
  return html`<section class="card stack" aria-labelledby="baseline">
    <h2 id="baseline">Beside the baseline</h2>
    <p><code>${name}</code>: ${verdict}, ${percent(share[0], 2)} covered then, ${percent(share[1], 2)} now.</p>
    <ul class="failures bad">${regressions.map(({ message }) => html`<li>${message}</li>`)}</ul>
    <${DataTable} columns=${CHANGES} rows=${heads} name=${`${job.id.slice(0, 8)}.baseline`} filterable=${false}
      caption="Heads before and after" />
  </section>`;
}

/** What would help, as it was found on the changed network. */
export function Recommended({ job, recommend }) {
  const { recommendations, trials, left_out: left, note } = recommend;
  const others = Object.entries(left).map(([reason, count]) => `${count} ${reason}`).join(", ");
  return html`<section class="card stack" aria-labelledby="recommend">
    <h2 id="recommend">What would help</h2>
    <p class="muted small">${trials} changed networks were analysed${others && ` (not shown: ${others})`}; what passes
      first, then the cheapest.</p>
    ${note && html`<p class="notice">${note}</p>`}
    ${recommendations.length > 0 && html`<${DataTable} columns=${CHANCES} rows=${recommendations}
      name=${`${job.id.slice(0, 8)}.recommendations`} caption="Changes that were tried out" />`}
  </section>`;
}

function pair([before, after], show) {
  if (before === null && after === null) return "–";
  return `${before === null ? "–" : show(before)} → ${after === null ? "gone" : show(after)}`;
}

function signed(value) {
  return value === 0 ? "0" : `${value > 0 ? "+" : "−"}${short(Math.abs(value))}`;
}

const CHANGES = [
  { key: "head", label: "Head" },
  { key: "trf", label: "Theoretical, px", parts: ["before", "after"],
    show: ({ trf }) => pair(trf, (size) => sides(size)) },
  { key: "erf_side", label: "Effective, px", parts: ["before", "after"],
    show: ({ erf_side: side }) => pair(side, (px) => number(px)) },
  { key: "share", label: "Covered", parts: ["before", "after"],
    show: ({ share }) => pair(share, (part) => percent(part, 2)) },
];

const CHANCES = [
  { key: "title", label: "Change",
    show: ({ title, how }) => html`<span class="wraps"><strong>${title}</strong><br />
      <span class="muted">${how}</span></span>` },
  { key: "verdict", label: "Verdict",
    show: ({ verdict }) => html`<span class=${`verdict-small ${verdict}`}>${verdict}</span>` },
  { key: "share", label: "Covered", number: true, parts: ["before", "after"],
    show: ({ share }) => pair(share, (part) => percent(part, 2)) },
  { key: "fields", label: "Fields that move, px",
    value: ({ fields }) => fields.map(({ head, trf }) => `${head} ${pair(trf, (size) => sides(size))}`).join("; "),
    show: ({ fields }) => fields.map(({ head, trf }) => html`<div>${head} ${pair(trf, (size) => sides(size))}</div>`) },
  { key: "parameters", label: "Parameters", number: true, show: (row) => signed(row.parameters) },
  { key: "multiply_adds", label: "Multiply-adds", number: true, show: (row) => signed(row.multiply_adds) },
  { key: "inserts_weights", label: "New weights", value: (row) => (row.inserts_weights ? "to be trained" : "none") },
];

function short(value) {
  const at = Math.min(4, Math.floor(Math.log10(Math.max(1, value)) / 3));
  return `${number(value / 1000 ** at, 1)}${["", " k", " M", " G", " T"][at]}`;
}
