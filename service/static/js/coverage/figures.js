// Heads and size bins as tables, with what moved since the job's own policy.
import { number, percent, sides } from "../format.js";
import { html, useMemo } from "../html.js";
import { DataTable } from "../lib/table.js";
import { Delta } from "./verdict.js";
import { VERDICTS, bindingWords, headClass } from "./words.js";

/** Every head: what it sees, which objects it may cover, and how it does. */
export function HeadTable({ job, before, after }) {
  const columns = useMemo(() => shownOf(HEADS, before, after), [before, after]);
  const rows = useMemo(() => after.heads.map((head, place) => ({ ...head, place, was: before.heads[place] })),
    [before, after]);
  return html`<section class="card stack" aria-labelledby="heads">
    <h2 id="heads">Heads</h2>
    <${DataTable} columns=${columns} rows=${rows} name=${`${job.id.slice(0, 8)}.heads`} filterable=${false}
      caption="Heads: fields, the objects they may cover, and shares" />
  </section>`;
}

/** Every size bin. */
export function BinTable({ job, before, after }) {
  const columns = useMemo(() => shownOf(BINS, before, after), [before, after]);
  const rows = useMemo(() => after.bins.map((bin, place) => ({ ...bin, was: before.bins[place] })), [before, after]);
  return html`<section class="card stack" aria-labelledby="bins">
    <h2 id="bins">Sizes</h2>
    <${DataTable} columns=${columns} rows=${rows} name=${`${job.id.slice(0, 8)}.sizes`} filterable=${false}
      caption="Size bins, by the square root of width times height" />
  </section>`;
}

const count = (key, label) => ({ key, label, number: true, show: (row) => number(row[key], 0) });
const moved = { key: "change", label: "Change", number: true,
  value: ({ share, was }) => (share === null || was.share === null ? null : share - was.share),
  show: ({ share, was }) => html`<${Delta} before=${was.share} after=${share} />` };
const shared = { key: "share", label: "Share", number: true,
  show: ({ share }) => html`<span class="share"><span class="meter" aria-hidden="true">
    <span style=${{ width: `${100 * (share ?? 0)}%` }}></span></span>${percent(share, 2)}</span>` };
const binds = { key: "binding", label: "What binds", value: ({ binding }) => bindingWords(binding),
  show: ({ binding }) => html`<span class="wraps">${bindingWords(binding) || "–"}</span>` };
const limit = (key, label, help) => ({ key, label, help, number: true, show: (row) => number(row[key], 1) });

const HEADS = [
  { key: "name", label: "Head",
    show: ({ name, place }) => html`<span class=${`head-name ${headClass(place)}`}>
      <span class="dot"></span>${name}</span>` },
  count("objects", "Objects"),
  count("covered", "Covered"),
  shared,
  moved,
  limit("largest_px", "Largest, px", "Side of the largest square object that it may cover"),
  limit("smallest_px", "Smallest, px", "Side of the smallest square object that it may cover"),
  { key: "margin", label: "Margin", number: true, help: "Least of has / needed over its objects, less 1",
    show: ({ margin }) => html`<span class=${margin < 0 ? "bad" : ""}>${percentOf(margin)}</span>` },
  { key: "verdict", label: "Verdict",
    show: ({ verdict }) => html`<span class=${`verdict-small ${verdict}`}>${VERDICTS[verdict]}</span>` },
  binds,
  { key: "trf", label: "Theoretical, px", parts: ["h", "w"], number: true, show: ({ trf }) => sides(trf) },
  { key: "erf_side", label: "Effective, px", number: true,
    help: "Side of the square that holds the asked share of the effective field" },
  { key: "stride", label: "Stride, px", parts: ["h", "w"], number: true, show: ({ stride }) => sides(stride) },
];

const BINS = [
  { key: "name", label: "Size, px" },
  count("objects", "Objects"),
  count("covered", "Covered"),
  shared,
  moved,
  { key: "required", label: "Required", number: true,
    show: ({ required, share }) => html`<span class=${share !== null && share < (required ?? 0) ? "bad" : ""}>
      ${percent(required)}</span>` },
  binds,
];

// Nothing has changed where nothing was tried.
function shownOf(columns, before, after) {
  return before === after ? columns.filter((column) => column !== moved) : columns;
}

function percentOf(margin) {
  return margin === null ? "–" : `${margin > 0 ? "+" : ""}${percent(margin).replace("-", "−")}`;
}
