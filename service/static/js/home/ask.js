// The question: which network, which analyses, and off it goes.
import { analyze, problemOf } from "../api.js";
import { bytes } from "../format.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { Problem } from "../problem.js";
import { go, hrefOf } from "../route.js";
import { DropZone } from "./drop.js";
import { Options, requestOf, useOptions } from "./options.js";
import { SpecField, parsed } from "./spec.js";
import { ZooField } from "./zoo.js";

const WAYS = { file: "ONNX file", zoo: "Reference network", spec: "Layer spec" };

/** The form at home. A dropped file starts at once; the others have a button. */
export function Ask() {
  const [way, setWay] = useState("file");
  const options = useOptions();
  const { sending, fault, submit, stop } = useSubmit();

  const withFile = (file) => {
    setWay("file");
    submit(() => ({ request: requestOf(options.value), model: file, images: options.value.images }), file);
  };
  const withText = async (event) => {
    event.preventDefault();
    const given = new FormData(event.target);
    const network = async () => (way === "zoo" ? { zoo: given.get("zoo") } : { spec: await parsed(given.get("spec")) });
    const request = async () => ({ ...requestOf(options.value), ...(await network()) });
    submit(async () => ({ request: await request(), images: options.value.images }));
  };
  return html`<section class="card stack" aria-label="Analyse a network">
    <div class="segments" role="group" aria-label="What to analyse">
      ${Object.entries(WAYS).map(
        ([key, label]) => html`<button type="button" aria-pressed=${way === key} onClick=${() => setWay(key)}>
          ${label}</button>`,
      )}
    </div>
    ${way === "file" && html`<${DropZone} onFile=${withFile} disabled=${Boolean(sending)} />`}
    ${way !== "file" && html`<form class="stack" onSubmit=${withText}>
      ${way === "zoo" ? html`<${ZooField} />` : html`<${SpecField} />`}
      <div><button class="primary" disabled=${Boolean(sending)}>Analyse</button></div>
    </form>`}
    ${sending && html`<${Sending} sending=${sending} stop=${stop} />`}
    ${fault && html`<${Problem} problem=${fault} />`}
    <${Options} options=${options} />
  </section>`;
}

function Sending({ sending, stop }) {
  const { file, share } = sending;
  const words = file ? `Sending ${file.name}, ${bytes(file.size)}` : "Asking";
  return html`<div class="working" role="status">
    <div class="row spread"><span>${words}${share === null ? "" : `: ${Math.floor(share * 100)} %`}</span>
      <button type="button" onClick=${stop}>Stop</button></div>
    <progress aria-label="Upload" value=${share ?? undefined} max="1"></progress>
  </div>`;
}

/** Sends one question at a time and goes to its job. */
function useSubmit() {
  const [sending, setSending] = useState(null);
  const [fault, setFault] = useState(null);
  const stopper = useRef(null);
  useEffect(() => () => stopper.current?.abort(), []);

  const submit = async (question, file = null) => {
    stopper.current?.abort();
    const mine = new AbortController();
    stopper.current = mine;
    setFault(null);
    setSending({ file, share: file ? 0 : null });
    try {
      const onProgress = (share) => setSending({ file, share });
      const job = await analyze({ ...(await question()), onProgress, signal: mine.signal });
      go(hrefOf(job.id));
    } catch (error) {
      if (error.name !== "AbortError") setFault(problemOf(error));
    } finally {
      if (stopper.current === mine) setSending(null);
    }
  };
  return { sending, fault, submit, stop: () => stopper.current?.abort() };
}
