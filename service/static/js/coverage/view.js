// Coverage: the objects against the heads, under the policy of the job or any other that the reader tries.
import { html, useMemo } from "../html.js";
import { ended } from "../job/live.js";
import { Problem } from "../problem.js";
import { setQuery } from "../route.js";
import { useStyles } from "../styles.js";
import { Ask } from "./ask.js";
import { Compared, Recommended } from "./compared.js";
import { evaluate } from "./evaluate.js";
import { Export } from "./export.js";
import { BinTable, HeadTable } from "./figures.js";
import { Plane } from "./plane.js";
import { changesOf, withChanges } from "./policy.js";
import { completed } from "./report.js";
import { Requirements } from "./requirements.js";
import { useRows } from "./rows.js";
import { Sizes } from "./sizes.js";
import { Verdict } from "./verdict.js";
import { Worst } from "./worst.js";

/** The view at `#/jobs/<id>/coverage`; `policy` in the address has the requirements where they are not the job's. */
export function CoverageView({ job, report, route }) {
  const ready = useStyles("coverage");
  const { rows, fault } = useRows(job, report);
  const coverage = useMemo(() => report.coverage && completed(report.coverage), [report.coverage]);
  if (!ready) return null;
  if (!coverage) return html`<div class="coverage stack"><${Unasked} job=${job} report=${report} /></div>`;
  return html`<div class="coverage stack">
    ${fault && html`<${Problem} problem=${fault} />`}
    ${rows
      ? html`<${Live} ...${{ job, coverage, rows, route }} />`
      : html`<${Still} ...${{ coverage, rows, fault }} />`}
    <${Worst} job=${job} coverage=${coverage} />
    ${coverage.baseline && html`<${Compared} job=${job} baseline=${coverage.baseline} />`}
    ${report.recommend && html`<${Recommended} job=${job} recommend=${report.recommend} />`}
  </div>`;
}

/** Everything that follows the sliders. */
function Live({ job, coverage, rows, route }) {
  const { heads, canvas } = coverage;
  const original = job.request.coverage;
  const changes = route.query.get("policy");
  const policy = useMemo(() => withChanges(original, changes), [original, changes]);
  const before = useMemo(() => evaluate(rows, heads, original, canvas), [rows, coverage, original]);
  const after = useMemo(() => (policy === original ? before : evaluate(rows, heads, policy, canvas)),
    [rows, coverage, policy]);
  const setPolicy = (next) => setQuery({ policy: changesOf(next, original) });
  const isChanged = changesOf(policy, original) !== null;
  return html`
    <${Verdict} ...${{ coverage, before, after, isChanged, rows }} />
    <div class="trying">
      <div class="columns pictures">
        <section class="card"><${Sizes} ...${{ job, rows, result: after }} /></section>
        <section class="card"><${Plane} ...${{ job, rows, result: after }} /></section>
      </div>
      <${Requirements} ...${{ coverage, policy, setPolicy, before, result: after, isChanged }}
        reset=${() => setPolicy(original)} />
      <div class="stack tables">
        <${HeadTable} ...${{ job, before, after }} />
        <${BinTable} ...${{ job, before, after }} />
        <${Export} ...${{ job, policy, result: after }} />
      </div>
    </div>`;
}

/** The report's own figures, where its objects are not there to be judged again. */
function Still({ coverage, rows, fault }) {
  if (rows === undefined && !fault) return html`<p class="muted" role="status">Loading the objects …</p>`;
  const result = { ...coverage, objects: coverage.objects.objects, refused: [], unmeasured: [] };
  return html`<${Verdict} coverage=${coverage} before=${result} after=${result} isChanged=${false} rows=${null} />`;
}

function Unasked({ job, report }) {
  if (job.request.coverage && !ended(job)) {
    return html`<p class="notice" role="status">The check appears here as soon as it is made.</p>`;
  }
  return html`<${Ask} job=${job} report=${report} />`;
}
