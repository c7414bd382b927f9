// The requirements as switches and sliders, of all heads or of one.
import { number, percent } from "../format.js";
import { html, useId, useState } from "../html.js";
import { BEGINNINGS, withBin, withRule } from "./policy.js";
import { Delta } from "./verdict.js";
import { VERDICTS, headClass } from "./words.js";

// `low`, `high` and `step` are of the slider; a value beyond it widens it.
const FACTOR = { low: 0.1, high: 4, step: 0.05, unit: "× object" };
const SHARE = { low: 0.01, high: 1, step: 0.01, unit: "", show: (value) => percent(value) };
const RULES = [
  { key: "trf", label: "Theoretical field", help: "at least so many times the object, along both axes",
    fields: [{ ...FACTOR, field: "at_least", label: "at least" },
      { field: "margin_px", label: "margin", low: 0, high: 64, step: 1, unit: "px" }],
    flag: { field: "off_centre", label: "the object may lie half a stride off the unit" } },
  { key: "erf", label: "Effective field", help: "at least so many times the object's longest side",
    fields: [{ ...FACTOR, field: "at_least", label: "at least" },
      { field: "margin_px", label: "margin", low: 0, high: 64, step: 1, unit: "px" }] },
  { key: "stride", label: "Stride",
    help: "at most so many times the object, along both axes: smaller ones fall between units",
    fields: [{ ...FACTOR, field: "at_most", label: "at most" }] },
  { key: "clipped", label: "Clipping", help: "at most this share of its units may have a field that touches padding",
    fields: [{ ...SHARE, field: null, low: 0, high: 0.99, label: "at most" }] },
  { key: "covered", label: "Covered", help: "at least this share of the objects",
    fields: [{ ...SHARE, field: null, label: "at least" }] },
];

/** The panel. `setPolicy(policy)` at every step. */
export function Requirements({ coverage, policy, setPolicy, before, result, isChanged, reset }) {
  const [head, setHead] = useState(null);
  const { heads, estimator } = coverage;
  const measured = heads.find(({ name, erf_side: side }) => side !== null && (head === null || name === head));
  const shared = { policy, setPolicy, head, beginnings: beginningsOf(estimator, measured) };
  return html`<section class="card stack requirements" aria-labelledby="requirements">
    <div class="row spread"><h2 id="requirements">Requirements</h2>
      <button type="button" disabled=${!isChanged} onClick=${reset}>Back to the job's</button></div>
    <p class="small so-far"><span class=${`verdict-small ${result.verdict}`}>${VERDICTS[result.verdict]}</span>${" "}
      <strong>${percent(result.share, 2)}</strong> covered${" "}
      ${isChanged && html`<${Delta} before=${before.share} after=${result.share} />`}</p>
    <div class="segments" role="group" aria-label="Whose requirements">
      <button type="button" aria-pressed=${head === null} onClick=${() => setHead(null)}>All heads</button>
      ${heads.map(({ name }, place) => html`<button type="button" class=${headClass(place)}
          aria-pressed=${head === name} onClick=${() => setHead(name)}><span class="dot"></span>${name}
        ${policy.per_head?.[name] && html`<span title="has its own">•</span>`}</button>`)}
    </div>
    ${RULES.map((rule) => html`<${Rule} key=${`${head}.${rule.key}`} rule=${rule} ...${shared} />`)}
    ${head === null && html`<${Bins} ...${{ policy, setPolicy, result }} />`}
  </section>`;
}

/** One requirement: its switch, and its sliders where it is on. */
function Rule({ rule, policy, setPolicy, head, beginnings }) {
  const id = useId();
  const { key, label, help, fields, flag } = rule;
  const own = (head === null ? policy.require : policy.per_head?.[head])?.[key] ?? null;
  const inherited = head === null || key === "covered" ? null : (policy.require[key] ?? null);
  const isFixed = head === null && key === "covered";
  const isMissing = !(key in beginnings);
  const put = (value) => setPolicy(withRule(policy, head, key, value));
  const begin = () => put(inherited ?? beginnings[key]);
  const change = (field, value) => put(field === null ? value : { ...own, [field]: value });
  const sliders = own ?? inherited;
  return html`<fieldset class=${`rule ${own === null ? "off" : ""}`} aria-describedby=${`${id}-help`}>
    <legend><label class="check">
      <input type="checkbox" checked=${own !== null} disabled=${isFixed || isMissing}
        onChange=${(event) => (event.target.checked ? begin() : put(null))} />
      <span>${label}${head !== null && html`<span class="muted small"> of ${head}
        ${own === null && inherited !== null && ", as of all"}</span>`}</span></label></legend>
    <p class=${`muted small ${isMissing ? "reason" : ""}`} id=${`${id}-help`}>
      ${isMissing ? "the job measured no effective fields; check a policy with erf to have them" : help}</p>
    ${sliders !== null && fields.map((field) => html`<${Slider} key=${field.field} ...${field} what=${label}
      value=${field.field === null ? sliders : sliders[field.field]} disabled=${own === null}
      onValue=${(value) => change(field.field, value)} />`)}
    ${flag && own !== null && html`<label class="check small"><input type="checkbox" checked=${own[flag.field]}
      onChange=${(event) => change(flag.field, event.target.checked)} /><span>${flag.label}</span></label>`}
  </fieldset>`;
}

/** A slider with the number beside it, which takes what lies beyond the slider too. */
function Slider({ label, what, value, low, high, step, unit, show, disabled = false, onValue }) {
  const most = Math.max(high, value);
  const take = (event) => {
    const next = Number(event.target.value);
    if (Number.isFinite(next) && event.target.value !== "" && next >= low && (!show || next <= high)) onValue(next);
  };
  const shared = { min: low, step, disabled, value };
  return html`<div class="slider">
    <span class="small" aria-hidden="true">${label}</span>
    <input type="range" ...${shared} max=${most} step="any" aria-label=${`${what}, ${label}`}
      aria-valuetext=${show ? show(value) : `${number(value)} ${unit}`}
      onKeyDown=${(event) => byKey(event, { value, low, most, step, onValue })}
      onInput=${(event) => onValue(snapped(Number(event.target.value), step, low, most))} />
    <input type="number" ...${shared} max=${show ? high : undefined} step="any"
      aria-label=${`${what}, ${label}${unit && `, ${unit}`}`} onChange=${take} />
    <span class="muted small unit" aria-hidden="true">${show ? show(value) : unit}</span>
  </div>`;
}

// The slider holds any value, so that one between two steps is shown as it is; keys and the pointer go by steps.
function byKey(event, { value, low, most, step, onValue }) {
  const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
  if (!by) return;
  event.preventDefault();
  onValue(snapped(value + by * step, step, low, most));
}

function snapped(value, step, low, most) {
  return Number(Math.min(Math.max(Math.round(value / step) * step, low), most).toFixed(4));
}

/** A least share for each size bin. */
function Bins({ policy, setPolicy, result }) {
  return html`<details open=${Object.keys(policy.require.bins ?? {}).length > 0}>
    <summary>Covered, by size</summary>
    ${result.bins.map(({ name, objects, share }) => {
      const required = policy.require.bins?.[name] ?? null;
      const put = (value) => setPolicy(withBin(policy, name, value));
      return html`<fieldset class=${`rule ${required === null ? "off" : ""}`} key=${name}>
        <legend><label class="check">
          <input type="checkbox" checked=${required !== null} disabled=${!objects && required === null}
            onChange=${(event) => put(event.target.checked ? Math.max(0.01, Math.floor(share * 100) / 100) : null)} />
          <span>${name} px <span class="muted small">
            ${objects ? `${percent(share)} of ${number(objects, 0)}` : "no object"}</span></span></label></legend>
        ${required !== null && html`<${Slider} ...${SHARE} what=${`Size ${name} px`} label="at least"
          value=${required} onValue=${put} />`}
      </fieldset>`;
    })}
  </details>`;
}

// An effective field can be asked for only as it was measured.
function beginningsOf(estimator, measured) {
  const { erf, ...others } = BEGINNINGS;
  return measured ? { ...others, erf: { ...erf, estimator, energy: measured.erf_energy } } : others;
}
