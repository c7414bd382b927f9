// A first policy about the network of a job that has none: objects, how images become the input, what is required.
import { analyze, problemOf } from "../api.js";
import { html, useId, useState } from "../html.js";
import { Problem } from "../problem.js";
import { go, hrefOf } from "../route.js";
import { draftOf, kindOf, policyOf } from "./draft.js";
import { requestOf } from "./request.js";

const KINDS = {
  coco: "COCO (.json)",
  csv: "CSV with width and height",
  yolo: "YOLO labels (.zip)",
  voc: "Pascal VOC (.zip)",
};
const RESIZES = {
  letterbox: "letterbox: as large as fits",
  stretch: "stretch: each side by itself",
  shortest_edge: "by the shortest edge",
  none: "none: sizes are px of the network's input",
};
const ASSIGNS = {
  any: "any that meets the requirements",
  stride_multiples: "by size: 4 to 16 strides",
  fpn: "FPN's levels",
  fcos: "FCOS's ranges",
};

/** The form; it asks the service and goes to the answer. */
export function Ask({ job, report }) {
  const [form, setForm] = useState(() => draftOf(job.request.coverage));
  const [fault, setFault] = useState(null);
  const [share, setShare] = useState(null);
  const set = (changes) => setForm((before) => ({ ...before, ...changes }));
  const submit = async (event) => {
    event.preventDefault();
    setFault(null);
    try {
      const request = requestOf(job, policyOf(form, canvasOf(report)));
      const objects = form.from === "file" ? form.file : null;
      setShare(0);
      const next = await analyze({ request, objects, modelOf: job.id, onProgress: setShare });
      go(hrefOf(next.id, "coverage"));
    } catch (error) {
      setFault(problemOf(error));
      setShare(null);
    }
  };
  const parts = { form, set, errors: fault?.errors ?? [] };
  return html`<form class="card stack ask" onSubmit=${submit} aria-labelledby="ask" noValidate>
    <h2 id="ask">Does it see enough of your objects?</h2>
    <p class="muted">Give the objects that the network must find: every head is checked against every one of them.</p>
    <${Objects} ...${parts} />
    <${Input} ...${parts} />
    <${Required} ...${parts} />
    ${fault && html`<${Problem} problem=${fault} />`}
    <div class="row"><button class="primary" disabled=${share !== null}>Check</button>
      <span role="status" class="muted small">
        ${share !== null && (form.from === "file" ? `Sending, ${Math.floor(share * 100)} %` : "Asking …")}</span></div>
  </form>`;
}

// The only image input's height and width; null where the model leaves them open, or has several.
function canvasOf(report) {
  const shapes = Object.values(report.model?.inputs ?? {});
  const sides = shapes.length === 1 ? shapes[0].slice(-2) : [];
  return sides.length === 2 && sides.every(Number.isInteger) ? sides : null;
}

/** A field with what is wrong with it, by its place in the policy. */
function Field({ label, at, errors, as = "input", children, ...props }) {
  const id = useId();
  const own = errors.filter(({ location }) => location.replace(/^(request\.)?coverage\./, "").startsWith(at));
  const described = { "aria-invalid": own.length > 0, "aria-describedby": own.length ? `${id}-fault` : undefined };
  return html`<div class="field"><label class="field"><span>${label}</span>
    <${as} ...${props} ...${described}>${children}<//></label>
    ${own.length > 0 && html`<span class="bad small" id=${`${id}-fault`}>
      ${own.map(({ message }) => message).join(" ")}</span>`}</div>`;
}

function Choice({ of, onValue, ...props }) {
  return html`<${Field} as="select" onChange=${(event) => onValue(event.target.value)} ...${props}>
    ${Object.entries(of).map(([key, label]) => html`<option value=${key}>${label}</option>`)}<//>`;
}

function Objects({ form, set, errors }) {
  const own = errors.filter(({ location }) => !location.endsWith("image_size"));
  const choose = (event) => {
    const [file] = event.target.files;
    if (file) set({ file, kind: kindOf(file.name) ?? form.kind });
  };
  const drop = (event) => {
    const [file] = event.dataTransfer.files;
    if (!file) return;
    event.preventDefault();
    set({ from: "file", file, kind: kindOf(file.name) ?? form.kind });
  };
  return html`<fieldset class="stack" onDragOver=${(event) => event.preventDefault()} onDrop=${drop}>
    <legend>Objects</legend>
    <div class="segments" role="group" aria-label="Where objects come from">
      <button type="button" aria-pressed=${form.from === "file"}
        onClick=${() => set({ from: "file", resize: "letterbox" })}>Annotations</button>
      <button type="button" aria-pressed=${form.from === "sizes"}
        onClick=${() => set({ from: "sizes", resize: "none" })}>Sizes</button>
    </div>
    ${form.from === "file"
      ? html`<div class="fields">
          <${Field} label="File" at="objects" errors=${own} type="file" accept=".json,.csv,.zip" onChange=${choose} />
          <${Choice} label="It is" at="objects.kind" of=${KINDS} value=${form.kind} onValue=${(kind) => set({ kind })}
            errors=${errors} />
        </div>
        ${form.file && html`<p class="muted small">Chosen: <code>${form.file.name}</code></p>`}
        ${!form.file && form.lent && html`<p class="muted small">Without a file: <code>${form.lent}</code>, as it
          was.</p>`}`
      : html`<${Field} label="Width × height in px, a number is a square, * how many of them" at="objects"
          errors=${own} as="textarea" rows="3" placeholder="32x48, 20, 64x64*100" value=${form.sizes}
          onInput=${(event) => set({ sizes: event.target.value })} />`}
  </fieldset>`;
}

function Input({ form, set, errors }) {
  const write = (key) => (event) => set({ [key]: event.target.value });
  return html`<fieldset class="stack"><legend>From image to input</legend>
    <div class="fields">
      <${Choice} label="Resize" at="input" of=${RESIZES} value=${form.resize} errors=${errors}
        onValue=${(resize) => set({ resize })} />
      ${form.resize === "shortest_edge" && html`
        <${Field} label="Shortest side, px" at="input.shortest" errors=${errors} inputmode="numeric"
          value=${form.shortest} onInput=${write("shortest")} />
        <${Field} label="Longest side at most, px" at="input.longest" errors=${errors} inputmode="numeric"
          value=${form.longest} onInput=${write("longest")} />`}
      ${form.resize !== "none" && html`<${Field} at="objects.image_size" errors=${errors} placeholder="1920x1080"
        label=${`Image size, width × height${form.from === "file" ? " (if the file does not say)" : ""}`}
        value=${form.image} onInput=${write("image")} />`}
    </div>
  </fieldset>`;
}

function Required({ form, set, errors }) {
  const write = (key) => (event) => set({ [key]: event.target.value });
  return html`<fieldset class="stack"><legend>Required</legend>
    <div class="fields">
      <${Field} label="Theoretical field, at least so many times the object" at="require.trf" errors=${errors}
        type="number" step="any" min="0" value=${form.times} onInput=${write("times")} />
      <${Field} label="Share of objects that must be covered" at="require.covered" errors=${errors} type="number"
        step="any" min="0" max="1" value=${form.covered} onInput=${write("covered")} />
      <${Choice} label="Which head answers for an object" at="assign" of=${ASSIGNS} value=${form.assign}
        errors=${errors} onValue=${(assign) => set({ assign })} />
    </div>
    <label class="check">
      <input type="checkbox" checked=${form.stride} onChange=${(event) => set({ stride: event.target.checked })} />
      <span>Objects must be at least one stride large: smaller ones fall between units</span></label>
  </fieldset>`;
}
