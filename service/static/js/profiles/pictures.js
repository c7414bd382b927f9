// The engine's own pictures of a map, small, each a way to its place among the files.
import { stem } from "../format.js";
import { html } from "../html.js";
import { hrefOf } from "../route.js";

/** @param {object} props `names`: of the artifacts */
export function Pictures({ job, report, names = [] }) {
  const stems = [...new Set(names.filter((name) => /\.(png|svg)$/.test(name)).map(stem))];
  if (!stems.length) return null;
  const known = new Map(report.artifacts?.map((artifact) => [artifact.name, artifact]));
  const address = (name) => `/jobs/${job.id}/artifacts/${encodeURIComponent(name)}`;
  return html`<div class="thumbnails">
    ${stems.map((one) => {
      const forms = names.filter((name) => stem(name) === one && /\.(png|svg)$/.test(name));
      const title = known.get(forms[0])?.title || one;
      return html`<figure key=${one}>
        <a href=${hrefOf(job.id, "files", new URLSearchParams({ show: one }))}>
          <img src=${address(forms[0])} alt=${title} loading="lazy" /></a>
        <figcaption class="small"><span class="muted">${title}</span>
          ${forms.map((name) => html` <a href=${address(name)} download>${name.split(".").at(-1).toUpperCase()}</a>`)}
        </figcaption>
      </figure>`;
    })}
  </div>`;
}
