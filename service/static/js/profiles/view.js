// Profiles and tables: what was measured as curves over the distance, and every figure of the report in tables.
import { NAMES } from "../format.js";
import { html, useMemo, useRef } from "../html.js";
import { ended } from "../job/live.js";
import { Problem } from "../problem.js";
import { useStyles } from "../styles.js";
import { Advice } from "./advice.js";
import { Alone } from "./alone.js";
import { Choice, ESTIMATORS, choiceOf } from "./choice.js";
import { Compared } from "./compare.js";
import { Figures } from "./figures.js";
import { Layers } from "./layers.js";
import { theoryOf } from "./marks.js";
import { useMeasured } from "./measured.js";
import { Warnings } from "./warnings.js";

/** The view at `#/jobs/<id>/profiles`; its state is in the address: see `choiceOf`. */
export function ProfilesView({ job, report, partial, route }) {
  const ready = useStyles("profiles");
  const choice = useMemo(() => choiceOf(report, route.query), [report, route.query]);
  // Hundreds of rows that a choice above them does not change.
  const tables = useMemo(
    () => html`<${Layers} job=${job} report=${report} />
      <${Advice} job=${job} report=${report} />
      <${Warnings} job=${job} report=${report} />`,
    [job.id, report],
  );
  if (!ready) return null;
  return html`<div class="stack profiles">
    ${choice ? html`<${Measured} ...${{ job, report, choice }} />` : html`<${Nothing} ...${{ job, partial }} />`}
    ${choice && html`<${Figures} ...${{ job, report, choice }} />`}
    ${tables}
  </div>`;
}

function Measured({ job, report, choice }) {
  const { target, unit, chosen } = choice;
  const { maps, missing, fault, ready } = useMeasured(job.id, chosen);
  const place = unit.split(",").map(Number);
  const theory = useMemo(() => theoryOf(report, target, place), [report, target, unit]);
  const about = `${target}, unit ${place.join(", ")}`;
  const name = `${target.replace(/[^\w.-]+/g, "_")}.unit-${place.join("-")}`;
  // Until the next maps are there, the last ones stay, under their own name.
  const settled = useRef(null);
  if (ready) settled.current = { maps, missing, choice, theory, about, name };
  return html`
    <${Choice} choice=${choice} />
    ${fault && html`<${Problem} problem=${fault} />`}
    ${!ready && html`<p class="visually-hidden" role="status">Loading the maps …</p>`}
    ${settled.current && html`<${Maps} ...${{ job, report, ready }} ...${settled.current} scale=${choice.scale} />`}
  `;
}

function Maps({ maps, missing, choice, ready, ...shared }) {
  return html`<div class="stack maps" aria-busy=${!ready}>
    ${missing.length > 0 && html`<p class="notice">${missing.map((one) => NAMES[one]).join(", ")}: the report comes
      without the map itself, so there is no curve to draw. Its figures are in the table below.</p>`}
    ${maps.length > 1 && html`<${Compared} maps=${maps} choice=${choice} ...${shared} />`}
    ${maps.map((map) => html`<${Alone} key=${map.estimator} map=${map} ...${shared} />`)}
  </div>`;
}

/** Why there are no profiles. */
function Nothing({ job, partial }) {
  const isAsked = job.request.analyses.some((name) => ESTIMATORS.includes(name));
  if (isAsked && partial && !ended(job)) {
    return html`<p class="notice" role="status">Profiles appear here as soon as the effective fields are measured.</p>`;
  }
  return html`<p class="notice">${isAsked ? UNMEASURED : UNASKED}</p>`;
}

const UNMEASURED = "No effective field could be measured, so there are no profiles.";
const UNASKED = "No effective field was asked for, so there are no profiles. Ask again with one, such as gradient.";
