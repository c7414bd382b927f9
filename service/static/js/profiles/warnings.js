// What the reader should know before trusting a figure, as a table.
import { html } from "../html.js";
import { DataTable } from "../lib/table.js";

const COLUMNS = [
  { key: "code", label: "Code", show: ({ code }) => html`<code>${code}</code>` },
  { key: "tensor", label: "Tensor", show: ({ tensor }) => (tensor ? html`<code>${tensor}</code>` : "–") },
  { key: "message", label: "Message", show: ({ message }) => html`<span class="wraps">${message}</span>` },
];

/** The report's warnings. */
export function Warnings({ job, report }) {
  if (!report.warnings?.length) return null;
  return html`<div class="card stack">
    <h2>Warnings</h2>
    <${DataTable} columns=${COLUMNS} rows=${report.warnings} name=${`${job.id.slice(0, 8)}.warnings`}
      caption="Warnings" />
  </div>`;
}
