// What went wrong, as the service says it: place, value and the next step.
import { html } from "./html.js";

/** A problem with its faults, field by field. */
export function Problem({ problem }) {
  return html`<div class="notice bad" role="alert">
    <p><strong>${problem.title}</strong></p>
    <p class="problem-detail">${problem.detail}</p>
    ${problem.errors?.length > 1 && html`<ul>
      ${problem.errors.map((fault) => html`<li><code>${fault.location}</code> ${fault.message}</li>`)}
    </ul>`}
  </div>`;
}
