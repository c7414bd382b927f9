// The verdict, in one look: what the job found, and what the requirements that are tried here would give.
import { number, percent } from "../format.js";
import { html } from "../html.js";
import { VERDICTS, bindingWords } from "./words.js";

/** A banner; `before` is the job's policy judged in the page, `after` the one that is tried. */
export function Verdict({ coverage, before, after, isChanged, rows }) {
  const shown = isChanged ? after : coverage;
  return html`<section class=${`notice verdict ${shown.verdict === "pass" ? "good" : "bad"}`} aria-labelledby="verdict">
    <div class="row spread">
      <h2 id="verdict"><span class=${`verdict-word ${shown.verdict}`}>${VERDICTS[shown.verdict]}</span>
        ${` ${percent(after.share, 2)} of ${number(after.objects, 0)} objects covered`}
        ${isChanged && html` <${Delta} before=${before.share} after=${after.share} />`}</h2>
      <span class="muted small">${percent(after.required, 2)} required</span>
    </div>
    ${isChanged && html`<p class="small">With the requirements below, judged in this page; the job's own policy
      ${` ${coverage.verdict === "pass" ? "passes" : "fails"}`} with ${percent(coverage.share, 2)}.</p>`}
    <ul class="failures">${isChanged
      ? after.failures.map((failure) => html`<li>${inWords(failure, after)}</li>`)
      : coverage.failures.map(({ message }) => html`<li>${message}</li>`)}</ul>
    ${after.refused.map((words) => html`<p class="warn">The service would refuse these requirements: ${words}.</p>`)}
    ${caveats(coverage, before, after, rows).map((words) => html`<p class="muted small">${words}</p>`)}
    <p class="visually-hidden" aria-live="polite">
      ${isChanged && `${VERDICTS[after.verdict]}, ${percent(after.share, 2)} covered`}</p>
  </section>`;
}

/** By how much a share moved, in percentage points. */
export function Delta({ before, after }) {
  if (before === null || after === null) return null;
  const points = (after - before) * 100;
  if (Math.abs(points) < 0.005) return html`<span class="delta muted">±0</span>`;
  const words = `${points > 0 ? "+" : "−"}${number(Math.abs(points))}`;
  return html`<span class=${`delta ${points > 0 ? "good" : "bad"}`}>${words}<span class="visually-hidden"> points</span>
    </span>`;
}

function inWords({ code, head, bin, has, needed }, { heads, bins, binding }) {
  const enough = `${percent(has, 2)}, and ${percent(needed, 2)} are required`;
  switch (code) {
    case "covered":
      return `Covered of all objects: ${enough} (${bindingWords(binding)}).`;
    case "head-covered":
      return `Covered of the objects of ${head}: ${enough} (${bindingWords(named(heads, head).binding)}).`;
    case "bin-covered":
      return `Covered of size ${bin} px: ${enough} (${bindingWords(named(bins, bin).binding)}).`;
    default:
      return `${head}: the fields of ${percent(has)} of its units touch padding, at most ${percent(needed)} may.`;
  }
}

function named(parts, name) {
  return parts.find((part) => part.name === name);
}

/** Where the page cannot be as exact as a check, in words. */
function caveats(coverage, before, after, rows) {
  if (!rows) return [NO_ROWS];
  const differs = before.covered !== coverage.covered
    || before.heads.some((head, at) => head.objects !== coverage.heads[at].objects);
  const isTiled = rows.looks.length > 1 || rows.looks.some(({ whole }) => whole.some((share) => share < 1));
  return [
    after.unmeasured.length && `The effective field that is asked of ${after.unmeasured.join(", ")} was not measured by
      the job: judged without it. Check the policy on the service.`,
    rows.isMerged && ROUNDED,
    differs && `Judged in this page, the job's own policy covers ${number(before.covered, 0)} objects where the report
      has ${number(coverage.covered, 0)}: sizes were rounded.`,
    rows.looks.length > 1 && TWO_LOOKS,
    isTiled && "How images are cut into tiles cannot be changed here; that needs another check.",
  ].filter(Boolean);
}

const NO_ROWS = `The report came without its objects, so other requirements cannot be tried here; ask again to have
  them.`;
const ROUNDED = `There are so many objects that sizes were rounded to a grid: objects at the very edge of a requirement
  may be counted on the other side.`;
const TWO_LOOKS = `Each object was looked at in the whole image and in tiles; one of the two must cover it. The pictures
  show its size where it came nearest.`;
