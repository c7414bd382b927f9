// The policy that the reader arrived at: as a file for `rfengine check`, and asked of the service.
import { analyze, problemOf } from "../api.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { saveText } from "../lib/save.js";
import { Problem } from "../problem.js";
import { go, hrefOf } from "../route.js";
import { written } from "./policy.js";
import { requestOf } from "./request.js";

const FORMS = { yaml: ["YAML", "application/yaml"], json: ["JSON", "application/json"] };
const FILES = ["coco", "yolo", "voc", "csv"];

/** The policy as text: copied, saved, or checked by the service. */
export function Export({ job, policy, result }) {
  const [form, setForm] = useState("yaml");
  const text = useText(policy, form);
  const [copied, setCopied] = useCopied();
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  const source = FILES.find((key) => policy.objects[key]);
  const name = `${(policy.name ?? "policy").replace(/[^\w.-]+/g, "-")}.${form}`;
  return html`<section class="card stack export" aria-labelledby="export">
    <div class="row spread"><h2 id="export">This policy as a file</h2>
      <div class="segments" role="group" aria-label="Form">
        ${Object.entries(FORMS).map(([key, [label]]) => html`<button type="button" aria-pressed=${form === key}
          onClick=${() => setForm(key)}>${label}</button>`)}
      </div></div>
    <pre class="policy" tabindex="0" aria-label="The policy">${text ?? "…"}</pre>
    <div class="row">
      <button type="button" disabled=${text === null}
        onClick=${() => saveText(name, text, FORMS[form][1])}>Save</button>
      ${navigator.clipboard && html`<button type="button" disabled=${text === null} onClick=${copy}>
        <span aria-live="polite">${copied ? "Copied" : "Copy"}</span></button>`}
      <${CheckOnService} job=${job} policy=${policy} disabled=${result.refused.length > 0} />
    </div>
    <p class="muted small"><code>rfengine check MODEL --policy ${name}</code> reads it${source
      && html`; it expects <code>${policy.objects[source]}</code> beside it`}.</p>
  </section>`;
}

/** Asks the service about the same network and the same objects, which the job lends. */
function CheckOnService({ job, policy, disabled }) {
  const [fault, setFault] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const ask = async () => {
    setFault(null);
    setBusy(true);
    try {
      const next = await analyze({ request: requestOf(job, policy), modelOf: job.id });
      go(hrefOf(next.id, "coverage"));
    } catch (error) {
      setFault(problemOf(error));
      setBusy(false);
    }
  };
  return html`<button type="button" class="primary" disabled=${disabled || isBusy} onClick=${ask}>
      ${isBusy ? "Asking …" : "Check it on the service"}</button>
    ${fault && html`<${Problem} problem=${fault} />`}`;
}

function useText(policy, form) {
  const [dump, setDump] = useState(null);
  useEffect(() => {
    import("../../vendor/yaml.js").then((yaml) => setDump(() => yaml.dump));
  }, []);
  return useMemo(() => {
    if (form === "json") return `${JSON.stringify(written(policy), null, 2)}\n`;
    return dump && dump(written(policy), { noRefs: true, flowLevel: 3, lineWidth: 100 });
  }, [policy, form, dump]);
}

function useCopied() {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    const timer = copied && setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  return [copied, setCopied];
}
