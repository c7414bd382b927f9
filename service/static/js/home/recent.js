// The latest jobs, as far as this browser's key may see them.
import { getJson, problemOf } from "../api.js";
import { NAMES, duration } from "../format.js";
import { html, useEffect, useState } from "../html.js";
import { Problem } from "../problem.js";
import { hrefOf } from "../route.js";

const PAGE = 12;
const AGAIN = 3000; // ms, while something is under way

/** A list with what each job is, how it is, and how long ago. */
export function Recent() {
  const { jobs, more, fault, showMore } = useRecent();
  return html`<section class="card" aria-labelledby="recent">
    <h2 id="recent">Recent</h2>
    ${fault && html`<${Problem} problem=${fault} />`}
    ${jobs && !jobs.length && html`<p class="muted">Nothing yet.</p>`}
    <ul class="recent">${jobs?.map((job) => html`<${Line} key=${job.id} job=${job} />`)}</ul>
    ${more && html`<button class="plain" onClick=${showMore}>Show more</button>`}
  </section>`;
}

/** What a job is called. */
export function nameOf(job) {
  return job.request.name ?? job.request.zoo ?? job.request.study?.name ?? (job.request.spec ? "layer spec" : "model");
}

function Line({ job }) {
  const analyses = job.request.analyses.map((key) => NAMES[key] ?? key).join(", ");
  const ago = duration(Math.max(0, (Date.now() - new Date(job.created_at)) / 1000));
  const how = job.status === "running" ? `${Math.round(job.progress * 100)} %` : job.status;
  return html`<li><a href=${hrefOf(job.id)}>
    <span class="name">${nameOf(job)}</span>
    <span class=${`status ${job.status}`}>${how}</span>
    <span class="muted small">${analyses}</span><span class="muted small">${ago} ago</span>
  </a></li>`;
}

function useRecent() {
  const [state, setState] = useState({ jobs: null, next: null, pages: 1 });
  const [fault, setFault] = useState(null);
  useEffect(() => {
    let timer;
    let gone = false;
    const load = async () => {
      try {
        const page = await getJson(`/jobs?limit=${PAGE * state.pages}`);
        if (gone) return;
        setState((before) => ({ ...before, jobs: page.jobs, next: page.next }));
        setFault(null);
        if (page.jobs.some((job) => !job.ended_at)) timer = setTimeout(load, AGAIN);
      } catch (error) {
        if (!gone) setFault(problemOf(error));
      }
    };
    load();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [state.pages]);
  const showMore = () => setState((before) => ({ ...before, pages: before.pages + 1 }));
  return { jobs: state.jobs, more: state.next && state.pages * PAGE < 200, fault, showMore };
}
