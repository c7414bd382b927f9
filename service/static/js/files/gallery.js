// Pictures side by side, each in both its forms.
import { bytes } from "../format.js";
import { html } from "../html.js";
import { setQuery } from "../route.js";
import { addressOf } from "./sorted.js";

/** A click enlarges a picture. */
export function Gallery({ job, pictures }) {
  return html`<section class="card stack" aria-labelledby="pictures">
    <h2 id="pictures">Pictures <span class="muted small">${pictures.length}</span></h2>
    <ul class="gallery">
      ${pictures.map((picture) => html`<${Card} key=${picture.stem} job=${job} picture=${picture} />`)}
    </ul>
  </section>`;
}

function Card({ job, picture }) {
  const { stem, title, forms } = picture;
  const enlarge = () => setQuery({ show: stem });
  return html`<li>
    <button type="button" class="preview" onClick=${enlarge} aria-label=${`Enlarge: ${title}`} data-stem=${stem}>
      <img src=${addressOf(job, forms.PNG ?? forms.SVG)} alt="" loading="lazy" /></button>
    <strong>${title}</strong>
    ${Object.entries(forms).map(([form, artifact]) => html`<div class="small form" key=${form}>
      <a href=${addressOf(job, artifact)} download=${artifact.name}>${form}</a>
      <span class="muted">${bytes(artifact.bytes)}</span>
      <${Digest} sha256=${artifact.sha256} />
    </div>`)}
  </li>`;
}

/** The beginning of a digest, the whole of it on demand. */
export function Digest({ sha256 }) {
  return html`<details class="digest"><summary title="sha256"><code>${sha256.slice(0, 12)}…</code></summary>
    <code>${sha256}</code></details>`;
}
