// What the stage shows of one tensor, in words and figures.
import { NAMES, number, percent, sides } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { fieldOf, lengthOf, phaseOf, phasesOf, pointOf } from "../lib/field.js";
import { isAt } from "./erf.js";
import { MeasureButton } from "./measure.js";

const STATUS = {
  canvas: "Holds at this input size",
  upper_bound: "An upper bound: it sees no more than this",
  refuted: "The probe found otherwise: please report this as a fault of the engine",
};
const WORDS = { h: "rows", w: "columns", d: "slices" };
const MOST_PHASES = 64;

/** The unit, what it sees, how far that can be trusted, what it uses. */
export function Readout({ explorer }) {
  const { tensor, unit, pinned } = explorer;
  const field = fieldOf(tensor, unit);
  const sizes = tensor.axes.map((axis) => lengthOf(field[axis]));
  const facts = [tensor.op, `${tensor.units.join("×")} units`, `stride ${sides(tensor.stride)}`];
  return html`<section class="card stack readout" aria-labelledby="readout-title">
    <div><h2 id="readout-title"><code>${tensor.name}</code></h2><p class="muted small">${facts.join(" · ")}</p></div>
    <p class="sees"><strong>${sides(sizes)}</strong> px <span class="muted">of ${sides(tensor.canvas, 0)}</span></p>
    <${Axes} ...${{ tensor, unit, field, sizes }} />
    <${Phases} tensor=${tensor} unit=${unit} />
    <${Trust} tensor=${tensor} field=${field} />
    <${Measured} explorer=${explorer} />
    <${Announce} text=${announced(tensor, pinned)} />
  </section>`;
}

function Axes({ tensor, unit, field, sizes }) {
  const phase = ({ q }, axis) => (q > 1 ? `${phaseOf(tensor.map[axis], unit[axis])} of ${q}` : "–");
  return html`<table class="axes"><caption class="visually-hidden">What the unit sees along each axis</caption>
    <thead><tr><th>Axis</th><th>Unit</th><th>Sees px</th><th class="number">Size</th>
      <th class="number">Phase</th></tr></thead>
    <tbody>${tensor.axes.map((axis, i) => html`<tr key=${axis}><th scope="row">${axis}</th>
      <td>${unit[i]} <span class="muted">of ${tensor.units[i]}</span></td>
      <td>${field[axis]?.join(" … ") ?? "nothing"}</td>
      <td class="number">${sizes[i]}</td><td class="number">${phase(tensor.map[i], i)}</td></tr>`)}</tbody></table>`;
}

// Axes that are alike have one list.
function Phases({ tensor, unit }) {
  const shown = tensor.axes
    .map((axis, i) => ({ axis, phases: phasesOf(tensor, i), own: phaseOf(tensor.map[i], unit[i]) }))
    .filter(({ phases }) => phases.some(({ size }) => size !== phases[0].size));
  if (!shown.length) return null;
  const alike = new Set(shown.map(({ phases, own }) => JSON.stringify([phases, own]))).size === 1;
  const lists = alike ? [{ ...shown[0], axis: shown.map(({ axis }) => axis).join(", ") }] : shown;
  return html`<div class="phases"><h3>Units see different sizes</h3>
    ${lists.map((list) => html`<${PhaseList} key=${list.axis} ...${list} />`)}</div>`;
}

function PhaseList({ axis, phases, own }) {
  const sizes = phases.map(({ size }) => size);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  // Of a long period the part that the unit is in.
  const start = Math.max(0, Math.min(own - MOST_PHASES / 2, phases.length - MOST_PHASES));
  return html`<p class="small muted">${axis}: ${phases.length} phases, ${least} to ${most} px</p>
    <ol class="phase-list" start=${start} aria-label=${`Sizes by phase, axis ${axis}`}>
      ${phases.slice(start, start + MOST_PHASES).map(({ phase, size }) => html`<li key=${phase}
        title=${`Phase ${phase}`} class=${phase === own ? "own" : ""} aria-current=${phase === own ? "true" : undefined}
        style=${{ "--share": (size - least) / (most - least) }}>${size}</li>`)}
    </ol>`;
}

function Trust({ tensor, field }) {
  const outside = tensor.axes
    .map((axis, i) => ({ axis, count: outsideOf(field[axis], tensor.canvas[i]) }))
    .filter(({ count }) => count > 0)
    .map(({ axis, count }) => `${count} ${WORDS[axis]}`);
  const { status, density, global_context: context = [], misaligned = [] } = tensor;
  const said = [
    status !== "exact" && `${STATUS[status]}. ${tensor.reasons?.[0] ?? ""}`,
    tensor.verified === "confirmed" && "Confirmed by the probe on the real graph.",
    outside.length && `Of this, ${outside.join(" and ")} lie in padding.`,
    density < 1 && `Gridding: it reads ${percent(density)} of these pixels and skips the rest.`,
    context.length && `Besides, the whole image enters through ${brief(context)}.`,
    tensor.aligned === false && `Two paths meet off centre${meeting(misaligned[0])}.`,
    tensor.clipped_share > 0 && `${percent(tensor.clipped_share)} of its units touch padding on their way.`,
  ];
  return html`<ul class="trust small">
    <li class=${status === "exact" ? "good" : "warn"}>${status === "exact" ? "Exact" : status.replace("_", " ")}</li>
    ${said.filter(Boolean).map((words) => html`<li key=${words}>${words}</li>`)}</ul>`;
}

function Measured({ explorer }) {
  const { entry, est, unit, pinned, network, job } = explorer;
  if (network.source) return null;
  const button = job.status === "succeeded" && html`<${MeasureButton} explorer=${explorer} />`;
  if (!entry) return est ? null : html`<div class="measured small">${button}</div>`;
  const { metrics, canvas } = entry;
  const here = isAt(entry, unit);
  const elsewhere = `${canvas}` === `${explorer.tensor.canvas}` ? "" : `, on a canvas of ${sides(canvas, 0)} px`;
  return html`<div class="measured small">
    <h3>${NAMES[est]} effective field</h3>
    <p><strong>${number(metrics.luo_size, 1)} px</strong> (Luo size), ${percent(metrics.share_of_trf)} of the
      ${" "}theoretical one; 95 % of the energy within ${number(metrics.energy_side?.["95"], 0)} px.</p>
    <p class=${here ? "muted" : "warn"}>
      Measured at unit ${entry.unit.join(", ")}${elsewhere}${here ? "." : "; moved here."}</p>
    ${!isAt(entry, pinned) && button}
  </div>`;
}

/** Says to those who do not see the stage what it shows, once it has stayed so. */
export function Announce({ text }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), 300);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<p class="visually-hidden" aria-live="polite">${said}</p>`;
}

function announced(tensor, unit) {
  const field = fieldOf(tensor, unit);
  const seen = tensor.axes.map((axis) => `${WORDS[axis]} ${field[axis]?.join(" to ") ?? "none"}`);
  const centre = pointOf(tensor, unit, tensor.canvas).map((px) => number(px, 1));
  return `${tensor.name}, unit ${unit.join(", ")}: sees ${seen.join(", ")}; centre ${centre.join(", ")} px.`;
}

function outsideOf(interval, side) {
  return interval ? Math.max(0, -interval[0]) + Math.max(0, interval[1] - side + 1) : 0;
}

function brief(names) {
  return names.length > 2 ? `${names[0]} and ${names.length - 1} more nodes` : names.join(" and ");
}

function meeting(place) {
  return place ? ` at ${place.node}, by ${sides(place.offset.map(Math.abs))} px` : "";
}
