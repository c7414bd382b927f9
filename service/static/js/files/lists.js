// The forms of the report, and data files.
import { bytes } from "../format.js";
import { html } from "../html.js";
import { DataTable } from "../lib/table.js";
import { addressOf } from "./sorted.js";

const WORDS = {
  "application/json": "Everything, as JSON",
  "text/markdown": "For a merge request",
  "text/html": "A page without scripts",
  "application/xml": "For a test reporter (JUnit)",
  "application/sarif+json": "For a code scanner (SARIF)",
};

/** The report in each of its forms. */
export function Reports({ job, reports }) {
  return html`<section class="card stack" aria-labelledby="reports">
    <h2 id="reports">Report</h2>
    <${Files} job=${job} rows=${reports} name="reports" caption="The report in all its forms" />
  </section>`;
}

/** What is neither picture nor report: maps as arrays of numbers, say. */
export function Data({ job, data }) {
  return html`<section class="card stack" aria-labelledby="data">
    <h2 id="data">Data</h2>
    <${Files} job=${job} rows=${data} name="data" caption="Data files" />
  </section>`;
}

function Files({ job, rows, name, caption }) {
  const columns = [
    { key: "name", label: "File",
      show: (one) => html`<a href=${addressOf(job, one)} download=${one.name}>${one.name}</a>` },
    { key: "title", label: "What it is", value: wordsOf,
      show: (one) => html`<span class="wraps">${wordsOf(one) ?? "–"}</span>` },
    { key: "media_type", label: "Type" },
    { key: "bytes", label: "Size", number: true, show: (one) => bytes(one.bytes) },
    { key: "sha256", label: "sha256", show: (one) => html`<code class="small">${one.sha256}</code>` },
  ];
  const file = `${job.id.slice(0, 8)}.${name}`;
  return html`<${DataTable} columns=${columns} rows=${rows} name=${file} caption=${caption} />`;
}

/** What a file is: all forms of the report have one title, and their type says more. */
function wordsOf({ name, media_type, title }) {
  const form = name.startsWith("report.") ? WORDS[media_type] : null;
  return form ?? (title || null);
}
