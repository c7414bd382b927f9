// A table that is sorted, filtered, read by keyboard, and saved.
import { html, useMemo, useState } from "../html.js";
import { useStyles } from "../styles.js";
import { SaveMenu } from "./save.js";
import { Rows } from "./table-rows.js";
import { cellsOf, orderOf, tableOf, wordsOf } from "./table-data.js";

const FIRST = 300;

/**
 * @param {object} props
 *   `columns`: `[{ key, label, value?(row), show?(row), parts?, number?, help? }]`; `key` is the column's name in
 *   files, `value` what is sorted and saved (default row[key]; a list has a column in files for each of `parts`),
 *   `show` what is seen (text or a node; default the value), `number` aligns right; units belong into the label.
 *   `rows`; `name`: of the files; `caption`; `onRow(row)`: rows can be chosen; `selected(row)`: whether it is;
 *   `filterable`: false hides the field; `json`: the value to save, if not the rows as columns have them;
 *   `sorted`: `{ key, down }` to begin with.
 */
export function DataTable({ columns, rows, name, caption, onRow, selected, filterable = true, json, sorted = null }) {
  const ready = useStyles("table");
  const [sort, setSort] = useState(sorted);
  const [filter, setFilter] = useState("");
  const [all, setAll] = useState(false);
  const found = useMemo(() => matching(columns, rows, filter), [columns, rows, filter]);
  const shown = useMemo(() => orderOf(columns, found, sort), [columns, found, sort]);
  if (!ready) return null;
  const part = all ? shown : shown.slice(0, FIRST);
  return html`<div class="data-table">
    <div class="row spread table-tools">
      ${filterable && rows.length > 2
        ? html`<label class="row small"><span class="muted">Filter</span>
            <input type="search" value=${filter} onInput=${(event) => setFilter(event.target.value)} /></label>`
        : html`<span></span>`}
      <${SaveMenu} name=${name} what=${caption} csv=${() => tableOf(columns, shown)}
        json=${() => json ?? shown.map((row) => cellsOf(columns, row))} />
    </div>
    <p class="visually-hidden" role="status">${filter && `${shown.length} of ${rows.length} rows`}</p>
    <div class="table-scroll" tabindex=${onRow ? undefined : 0} role="region" aria-label=${caption}>
      <table role=${onRow ? "grid" : undefined} aria-rowcount=${onRow ? shown.length + 1 : undefined}>
        <caption class="visually-hidden">${caption}</caption>
        <thead><tr>
          ${columns.map((column) => html`<${Head} key=${column.key} ...${{ column, sort, setSort }} />`)}
        </tr></thead>
        <${Rows} columns=${columns} rows=${part} onRow=${onRow} selected=${selected} />
      </table>
    </div>
    ${part.length < shown.length &&
      html`<button type="button" onClick=${() => setAll(true)}>Show all ${shown.length} rows</button>`}
    ${filter && !shown.length && html`<p class="muted small">No row has “${filter}” in it.</p>`}
  </div>`;
}

/** A column's head: a click sorts upwards, then downwards, then as it came. */
function Head({ column, sort, setSort }) {
  const mine = sort?.key === column.key ? (sort.down ? "descending" : "ascending") : undefined;
  const next = () => {
    if (!mine) setSort({ key: column.key, down: false });
    else setSort(mine === "ascending" ? { key: column.key, down: true } : null);
  };
  const arrow = { ascending: "▲", descending: "▼" }[mine] ?? "";
  return html`<th scope="col" class=${column.number ? "number" : ""} aria-sort=${mine} title=${column.help}>
    <button type="button" class="plain" onClick=${next}>
      ${column.label}<span class="arrow" aria-hidden="true">${arrow}</span></button>
  </th>`;
}

function matching(columns, rows, filter) {
  const words = filter.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return rows;
  return rows.filter((row) => {
    const text = wordsOf(columns, row);
    return words.every((word) => text.includes(word));
  });
}
