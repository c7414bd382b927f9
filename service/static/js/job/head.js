// What a job is, how far it is, and what can be done with it.
import { problemOf, send } from "../api.js";
import { NAMES, duration } from "../format.js";
import { nameOf } from "../home/recent.js";
import { html, useEffect, useState } from "../html.js";
import { Problem } from "../problem.js";
import { go } from "../route.js";
import { AskAgain } from "./again.js";
import { ended } from "./live.js";

const STAGES = {
  ...NAMES,
  "": "starting",
  start: "starting the engine",
  import: "reading the model",
  parity: "comparing with onnxruntime",
  report: "writing the report",
};

/** The head of a job's page. */
export function Head({ job, report, setJob }) {
  const [fault, setFault] = useState(null);
  const act = (action) => async () => {
    try {
      setFault(null);
      await action();
    } catch (error) {
      setFault(problemOf(error));
    }
  };
  const cancel = act(async () => setJob(await send("POST", `/jobs/${job.id}/cancel`)));
  const remove = act(async () => {
    if (!confirm("Delete this job and everything it made? This cannot be undone.")) return;
    await send("DELETE", `/jobs/${job.id}`);
    go("#/");
  });
  return html`<div class="job-head">
    <div class="row spread">
      <h1>${nameOf(job)}</h1>
      <div class="row">
        <span class=${`status ${job.status}`} role="status">${job.status}</span>
        <${ShareButton} />
        ${ended(job)
          ? html`<button class="danger" onClick=${remove}>Delete</button>`
          : html`<button onClick=${cancel}>Cancel</button>`}
      </div>
    </div>
    <${About} job=${job} report=${report} />
    ${!ended(job) && html`<${Working} job=${job} />`}
    ${fault && html`<${Problem} problem=${fault} />`}
    <${Warnings} warnings=${report?.warnings ?? []} />
    ${report?.model && html`<${AskAgain} job=${job} />`}
  </div>`;
}

function About({ job, report }) {
  const words = job.request.analyses.map((key) => NAMES[key] ?? key);
  const model = report?.model;
  const facts = [
    words.join(", "),
    model && `${model.nodes} nodes, opset ${model.opset}`,
    model && Object.entries(model.inputs).map(([name, shape]) => `${name} ${shape.join("×")}`).join(", "),
    job.ended_at && job.started_at && `took ${duration((new Date(job.ended_at) - new Date(job.started_at)) / 1000)}`,
  ];
  return html`<p class="muted small about">${facts.filter(Boolean).join(" · ")}</p>`;
}

function Working({ job }) {
  const ahead = job.queue_position;
  const parts = job.children && `${job.children.done} of ${job.children.total} parts done`;
  const queued = ahead ? `${ahead} ahead of it` : "waiting for a worker";
  const words = job.status === "queued" ? queued : (STAGES[job.stage] ?? job.stage);
  return html`<div class="working" role="status">
    <div class="row spread small">
      <span>${[words, parts].filter(Boolean).join(" · ")}</span><span>${Math.round(job.progress * 100)} %</span>
    </div>
    <progress aria-label="Progress" max="1" value=${job.status === "queued" ? undefined : job.progress}></progress>
  </div>`;
}

function Warnings({ warnings }) {
  if (!warnings.length) return null;
  const number = `${warnings.length} ${warnings.length === 1 ? "warning" : "warnings"}`;
  return html`<details class="notice warn"><summary>${number}</summary>
    <ul>
      ${warnings.map(({ message, tensor }) => html`<li>${tensor && html`<code>${tensor}</code> `}${message}</li>`)}
    </ul>
  </details>`;
}

function ShareButton() {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied && setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(location.href);
    setCopied(true);
  };
  // Pages that are neither local nor encrypted may not write to the clipboard.
  if (!navigator.clipboard) return null;
  return html`<button onClick=${copy}><span aria-live="polite">${copied ? "Copied" : "Copy link"}</span></button>`;
}
