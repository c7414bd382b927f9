// One job: what it is and how it goes, and a tab for each way to look at it.
import { problemOf } from "../api.js";
import { html, useErrorBoundary } from "../html.js";
import { Problem } from "../problem.js";
import { hrefOf, route } from "../route.js";
import { Head } from "./head.js";
import { ended, useJob } from "./live.js";
import { useView, viewsOf } from "./views.js";

/** The page at `#/jobs/<id>`. */
export function JobPage({ id }) {
  const { job, report, partial, fault, setJob } = useJob(id);
  if (fault && !job) return html`<${Problem} problem=${fault} /><p><a href="#/">Back to the start</a></p>`;
  if (!job) return html`<p class="muted" role="status">Loading …</p>`;
  const views = viewsOf(job, report);
  const view = views.some(({ key }) => key === route.value.view) ? route.value.view : views[0].key;
  return html`
    <${Head} job=${job} report=${report} setJob=${setJob} />
    ${fault && html`<${Problem} problem=${fault} />`}
    ${job.error && html`<${Problem} problem=${job.error} />`}
    ${report && html`<nav class="tabs" aria-label="Views">
      ${views.map(
        ({ key, label }) => html`<a href=${hrefOf(id, key)} aria-current=${key === view ? "page" : undefined}>
          ${label}</a>`,
      )}
    </nav>`}
    ${report
      ? html`<${View} key=${view} name=${view} job=${job} report=${report} partial=${partial} />`
      : !ended(job) && html`<p class="muted">What it finds appears here as soon as it is known.</p>`}
  `;
}

// A view that fails says so, and takes nothing else with it.
function View({ name, job, report, partial }) {
  const { Component, fault } = useView(name);
  const [error] = useErrorBoundary((thrown) => console.error(thrown));
  if (error) return html`<${Problem} problem=${problemOf(error)} />`;
  if (fault) return html`<${Problem} problem=${fault} />`;
  if (!Component) return html`<p class="muted" role="status">Loading …</p>`;
  return html`<div class="view">
    <${Component} job=${job} report=${report} partial=${partial} route=${route.value} />
  </div>`;
}
