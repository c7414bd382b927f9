// Files by what they are: pictures by stem, the forms of the report, and the rest.
import { stem } from "../format.js";

const FORMS = { "image/png": "PNG", "image/svg+xml": "SVG" };

/**
 * @param {Array<{ name, media_type, bytes, sha256, title }>} artifacts
 * @returns {object} `pictures`: `[{ stem, title, forms: { PNG?, SVG? } }]` with an artifact in each form; `reports` and
 *   `data`: artifacts
 */
export function sorted(artifacts) {
  const pictures = new Map();
  const [reports, data] = [[], []];
  for (const artifact of artifacts) {
    const form = FORMS[artifact.media_type];
    if (form) add(pictures, artifact, form);
    else (artifact.name.startsWith("report.") ? reports : data).push(artifact);
  }
  return { pictures: [...pictures.values()], reports, data };
}

/** Where a file is. */
export function addressOf(job, { name }) {
  return `/jobs/${job.id}/artifacts/${encodeURIComponent(name)}`;
}

/** The picture's artifact to show: sharp at every size where there is such a form. */
export function bestOf({ forms }) {
  return forms.SVG ?? forms.PNG;
}

function add(pictures, artifact, form) {
  const name = stem(artifact.name);
  if (!pictures.has(name)) pictures.set(name, { stem: name, title: artifact.title || name, forms: {} });
  pictures.get(name).forms[form] = artifact;
}
