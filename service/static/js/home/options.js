// Which analyses, and what else a request can say; kept from one question to the next.
import { html, useState } from "../html.js";
import { ProblemError } from "../api.js";

const ANALYSES = [
  ["analytic", "Theoretical fields", "exact, of every layer and head; about a second"],
  ["constant_forward", "Effective: constant-forward", "what the architecture alone favours"],
  ["gradient", "Effective: gradient", "what the weights in the file really use"],
  ["closed_form", "Effective: closed form", "at random initialisation, without a draw"],
];
const DEFAULTS = ["analytic", "constant_forward", "gradient"];
const KEY = "rfengine.analyses";

/** The state of the form: `value`, and `set(changes)`. `from`: an earlier request to begin with. */
export function useOptions(from = null) {
  const [value, setValue] = useState(() => (from ? optionsOf(from) : { ...EMPTY, analyses: remembered() }));
  const set = (changes) => {
    if (changes.analyses) localStorage.setItem(KEY, JSON.stringify(changes.analyses));
    setValue((before) => ({ ...before, ...changes }));
  };
  return { value, set };
}

/** The form. */
export function Options({ options: { value, set } }) {
  const toggle = (key) => (event) => {
    const others = value.analyses.filter((each) => each !== key);
    set({ analyses: event.target.checked ? [...others, key] : others });
  };
  return html`<fieldset class="stack">
    <legend class="visually-hidden">Analyses</legend>
    <div class="columns">
      ${ANALYSES.map(([key, label, hint]) => html`<label class="check">
        <input type="checkbox" checked=${value.analyses.includes(key)} onChange=${toggle(key)} />
        <span>${label}<br /><span class="muted small">${hint}</span></span>
      </label>`)}
    </div>
    <details>
      <summary>More options</summary>
      <div class="stack options">
        <label class="field">
          <span>Targets: tensors or nodes, separated by commas (default: the last feature maps)</span>
          <input value=${value.targets} onInput=${(event) => set({ targets: event.target.value })} /></label>
        <label class="field"><span>Input shape, e.g. 1,3,640,640 (default: the file's)</span>
          <input value=${value.shape} inputmode="numeric" onInput=${(event) => set({ shape: event.target.value })} />
        </label>
        <label class="field">
          <span>Images for the gradient: a picture, a .zip of pictures, or an .npz (default: noise)</span>
          <input type="file" accept=".png,.jpg,.jpeg,.zip,.npz"
            onChange=${(event) => set({ images: event.target.files[0] ?? null })} /></label>
        <label class="check"><input type="checkbox" checked=${value.verify}
            onChange=${(event) => set({ verify: event.target.checked })} />
          <span>Verify every theoretical field on the real graph</span></label>
        <label class="field"><span>Anything else of the <a href="/docs">request</a>, as JSON</span>
          <textarea rows="3" placeholder='{"gradient": {"units": ["centre", "corner"]}}' value=${value.more}
            onInput=${(event) => set({ more: event.target.value })}></textarea></label>
      </div>
    </details>
  </fieldset>`;
}

/** The options as a request. Throws `ProblemError` where they are none. */
export function requestOf({ analyses, targets, shape, verify, more }) {
  const names = targets.split(",").map((name) => name.trim()).filter(Boolean);
  const sides = shape.split(/[,x×\s]+/).filter(Boolean).map(Number);
  if (!analyses.length) throw refused("No analysis is chosen; tick one.");
  if (sides.some((side) => !Number.isInteger(side) || side < 1)) {
    throw refused(`Input shape: ${shape} is no list of whole numbers; write it as 1,3,640,640.`);
  }
  return {
    analyses: ANALYSES.map(([key]) => key).filter((key) => analyses.includes(key)),
    ...(names.length ? { targets: names } : {}),
    ...(sides.length ? { input_shape: sides } : {}),
    ...(verify ? { verify } : {}),
    ...parsedMore(more),
  };
}

const EMPTY = { analyses: DEFAULTS, targets: "", shape: "", verify: false, images: null, more: "" };

function remembered() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY)) ?? DEFAULTS;
    return kept.filter((key) => ANALYSES.some(([known]) => known === key));
  } catch {
    return DEFAULTS;
  }
}

function optionsOf(request) {
  const shapes = Object.values(request.input_shape ?? {});
  return {
    ...EMPTY,
    analyses: request.analyses.filter((key) => ANALYSES.some(([known]) => known === key)),
    targets: (request.targets ?? []).join(", "),
    shape: shapes.length === 1 ? shapes[0].join(",") : "",
    verify: request.verify ?? false,
  };
}

function parsedMore(text) {
  if (!text.trim()) return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refused(`More options are no JSON: ${error.message}. Correct them, or leave them empty.`);
  }
}

function refused(detail) {
  return new ProblemError({ title: "The question is not complete", detail });
}
