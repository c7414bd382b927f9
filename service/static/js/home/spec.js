// A layer spec, pasted or dropped.
import { ProblemError } from "../api.js";
import { html } from "../html.js";

const EXAMPLE = `input: [1, 3, 64, 64]
layers:
  - {type: conv, channels: 16, kernel: 3, padding: same}
  - {type: max_pool, kernel: 2, stride: 2}
  - {type: conv, name: last, channels: 32, kernel: 3, dilation: 2, padding: same}
`;

/** The field `spec` of a form. */
export function SpecField() {
  return html`<label class="field"><span>Layer spec, YAML or JSON</span>
    <textarea name="spec" rows="10" required spellcheck="false" defaultValue=${EXAMPLE}></textarea></label>`;
}

/** The text of a spec as data. Throws `ProblemError` that names the line. */
export async function parsed(text) {
  const { load, YAMLException } = await import("../../vendor/yaml.js");
  try {
    return load(text); // JSON is YAML
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new ProblemError({ title: "The layer spec cannot be read", detail: error.message });
  }
}
