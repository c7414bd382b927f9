// Everything that a job made: pictures as PNG and SVG, maps as data, the report in all its forms.
import { getJson, problemOf } from "../api.js";
import { html, useEffect, useState } from "../html.js";
import { Problem } from "../problem.js";
import { setQuery } from "../route.js";
import { useStyles } from "../styles.js";
import { Gallery } from "./gallery.js";
import { Enlarged } from "./enlarged.js";
import { Data, Reports } from "./lists.js";
import { sorted } from "./sorted.js";

/** The view at `#/jobs/<id>/files`; `show` in the address names the picture that is enlarged. */
export function FilesView({ job, route }) {
  const ready = useStyles("files");
  const { artifacts, fault } = useArtifacts(job);
  if (fault) return html`<${Problem} problem=${fault} />`;
  if (!ready || !artifacts) return html`<p class="muted" role="status">Loading …</p>`;
  if (!artifacts.length) return html`<p class="notice">This job has made no files.</p>`;
  const { pictures, data, reports } = sorted(artifacts);
  const at = pictures.findIndex(({ stem }) => stem === route.query.get("show"));
  return html`<div class="stack files">
    ${reports.length > 0 && html`<${Reports} job=${job} reports=${reports} />`}
    ${pictures.length > 0 && html`<${Gallery} job=${job} pictures=${pictures} />`}
    ${data.length > 0 && html`<${Data} job=${job} data=${data} />`}
    ${at >= 0 && html`<${Enlarged} job=${job} pictures=${pictures} at=${at}
      onMove=${(to) => setQuery({ show: pictures[to]?.stem ?? null })} />`}
  </div>`;
}

function useArtifacts(job) {
  const [state, setState] = useState({ artifacts: null, fault: null });
  useEffect(() => {
    let gone = false;
    getJson(`/jobs/${job.id}/artifacts`).then(
      ({ artifacts }) => !gone && setState({ artifacts, fault: null }),
      (error) => !gone && setState({ artifacts: null, fault: problemOf(error) }),
    );
    return () => {
      gone = true;
    };
  }, [job.id, job.status]);
  return state;
}
