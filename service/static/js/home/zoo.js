// A reference network by name.
import { getJson } from "../api.js";
import { html, useEffect, useState } from "../html.js";

/** The field `zoo` of a form: a list to choose from; members of families can be typed. */
export function ZooField() {
  const [entries, setEntries] = useState([]);
  const [name, setName] = useState("resnet50");
  useEffect(() => {
    getJson("/zoo").then(setEntries, () => setEntries([]));
  }, []);
  const about = entries.find((entry) => entry.name === name);
  const others = `${entries.length} networks; families take a size, such as nopool-12.`;
  return html`<label class="field"><span>Reference network</span>
      <input name="zoo" list="zoo" required autocomplete="off" value=${name}
        onInput=${(event) => setName(event.target.value)} /></label>
    <datalist id="zoo">
      ${entries.map((entry) => html`<option value=${entry.name}>${entry.title ?? entry.name}</option>`)}
    </datalist>
    <p class="muted small" aria-live="polite">${about ? describe(about) : others}</p>`;
}

function describe(entry) {
  return [entry.title, entry.source, entry.input && `input ${entry.input.join("×")}`].filter(Boolean).join(" · ");
}
