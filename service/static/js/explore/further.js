// What only some networks need: several inputs, a third axis, units measured here and there, fields of an inner tensor.
import { html } from "../html.js";

/** `explorer`: the view's state. */
export function Further({ explorer }) {
  const { tensor, network, extraFault } = explorer;
  return html`
    <${InputChoice} explorer=${explorer} />
    ${tensor.axes.length === 3 && html`<${SliceChoice} explorer=${explorer} />`}
    ${tensor.axes.length === 1 && html`<p class="muted small">The input has one axis: it is drawn as a band.</p>`}
    <${UnitChoice} explorer=${explorer} />
    ${network.source && html`<p class="notice small">
      Fields are relative to <code>${network.source}</code>: a px is one of its units, and there is no picture.</p>`}
    ${extraFault && html`<p class="notice warn small">
      A measurement that the address names is not there: ${extraFault}</p>`}`;
}

function InputChoice({ explorer: { tensor, network, chooseInput } }) {
  const inputs = Object.keys(network.tensors[tensor.name].by_input ?? {});
  if (inputs.length < 2) return null;
  return html`<label class="row small"><span class="muted">Input</span>
    <select value=${tensor.input} onChange=${(event) => chooseInput(event.target.value)}>
      ${inputs.map((name) => html`<option key=${name}>${name}</option>`)}</select></label>`;
}

function SliceChoice({ explorer: { tensor, pinned, chooseUnit } }) {
  const choose = (event) => chooseUnit([Number(event.target.value), ...pinned.slice(1)]);
  return html`<label class="field"><span>Unit ${pinned[0]} of ${tensor.units[0]} along d; shown are h and w</span>
    <input type="range" min="0" max=${tensor.units[0] - 1} value=${pinned[0]} onInput=${choose} /></label>`;
}

function UnitChoice({ explorer: { all, est, found, pinned, chooseUnit } }) {
  const units = est && !all ? found[est].map(({ unit }) => unit) : [];
  if (units.length < 2) return null;
  return html`<div class="row small" role="group" aria-label="Measured units"><span class="muted">Measured at</span>
    ${units.map((unit) => html`<button key=${`${unit}`} class="chip" aria-pressed=${`${unit}` === `${pinned}`}
      onClick=${() => chooseUnit(unit)}>${unit.join(", ")}</button>`)}</div>`;
}
