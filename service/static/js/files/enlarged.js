// One picture as large as the window, with the way to the next.
import { bytes } from "../format.js";
import { html, useEffect, useRef } from "../html.js";
import { addressOf, bestOf } from "./sorted.js";

/** @param {object} props `at`: which of the pictures; `onMove(to)`: to another, or to none */
export function Enlarged({ job, pictures, at, onMove }) {
  const dialog = useRef(null);
  const { title, forms, stem } = pictures[at];
  useEffect(() => {
    const own = dialog.current;
    own.showModal();
    return () => own.close();
  }, []);
  const leave = () => {
    onMove(null);
    // The picture that was looked at last, not the one that was opened first.
    document.querySelector(`.preview[data-stem="${CSS.escape(stem)}"]`)?.focus();
  };
  const step = (by) => onMove((at + by + pictures.length) % pictures.length);
  const onKeyDown = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) step(by);
  };
  const onClick = (event) => event.target === dialog.current && leave();
  return html`<dialog ref=${dialog} class="enlarged" aria-labelledby="enlarged" onKeyDown=${onKeyDown}
      onClick=${onClick} onCancel=${leave}>
    <div class="row spread">
      <h2 id="enlarged" aria-live="polite">${title}</h2>
      <button type="button" onClick=${leave} autofocus>Close</button>
    </div>
    <img src=${addressOf(job, bestOf(pictures[at]))} alt=${title} />
    <div class="row spread">
      <div class="row">
        <button type="button" onClick=${() => step(-1)} aria-label="Previous picture">←</button>
        <span class="muted small">${at + 1} of ${pictures.length}</span>
        <button type="button" onClick=${() => step(1)} aria-label="Next picture">→</button>
      </div>
      <div class="row">${Object.entries(forms).map(([form, artifact]) => html`<a class="button" key=${form}
        href=${addressOf(job, artifact)} download=${artifact.name}>${form} ${bytes(artifact.bytes)}</a>`)}
      </div>
    </div>
  </dialog>`;
}
