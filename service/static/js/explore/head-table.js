// All heads at once, in figures: what each sees, and uses where that was measured.
import { NAMES, number, sides } from "../format.js";
import { html } from "../html.js";
import { measuredOf, nearestEntry } from "./erf.js";
import { SetChoice } from "./heads.js";
import { Announce } from "./readout.js";

/** `explorer`: the view's state, while it shows all heads. */
export function HeadTable({ explorer }) {
  const { sets, set, tensor, est, reports, unit } = explorer;
  const rows = set.heads.map((head) => {
    const entry = est && nearestEntry(measuredOf(reports, head.tensor)[est], unit);
    return { head, uses: entry ? entry.metrics.luo_size : null };
  });
  const input = Math.max(...tensor.canvas);
  const most = Math.max(input, ...rows.map(({ head }) => Math.max(...head.size)));
  const words = rows.map(({ head }) => `${head.name} sees ${sides(head.size)} px`).join(", ");
  const used = est && `Uses: Luo size (${NAMES[est].toLowerCase()}). Curves on the picture hold 95 % of the energy.`;
  return html`<section class="card stack readout" aria-labelledby="readout-title">
    <h2 id="readout-title">What each head can see</h2>
    <${SetChoice} sets=${sets} set=${set} choose=${explorer.chooseSet} />
    <table class="heads">
      <thead><tr><th>Head</th><th class="number">Stride</th><th class="number">Sees</th>
        ${est && html`<th class="number">Uses</th>`}
        <th><span class="visually-hidden">Beside the input</span></th></tr></thead>
      <tbody>${rows.map(({ head, uses }) => html`<tr key=${head.tensor} style=${{ "--c": head.colour }}>
        <th scope="row">
          <button class="plain" title=${head.tensor} onClick=${() => explorer.chooseTensor(head.tensor)}>
            <span class="dot"></span>${head.name}</button></th>
        <td class="number">${sides(head.stride)}</td><td class="number">${sides(head.size)} px</td>
        ${est && html`<td class="number">${uses === null ? "–" : `${number(uses, 0)} px`}</td>`}
        <td class="bar" aria-hidden="true">
          <${Bar} ...${{ sees: Math.max(...head.size), uses, input, most }} /></td></tr>`)}
      </tbody></table>
    <p class="muted small">The upright line is the input, ${sides(tensor.canvas, 0)} px. ${used}</p>
    <p class="small">Point at the picture to move. Choose a head to see its units, phases and effective field.</p>
    <${Announce} text=${`Around unit ${explorer.pinned.join(", ")} of ${rows[0].head.name}: ${words}.`} />
  </section>`;
}

function Bar({ sees, uses, input, most }) {
  const share = (px) => `${(100 * px) / most}%`;
  return html`<span class="whole" style=${{ width: share(sees) }}></span>
    ${uses !== null && html`<span class="used" style=${{ width: share(uses) }}></span>`}
    <span class="input" style=${{ left: share(input) }}></span>`;
}
