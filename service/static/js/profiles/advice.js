// What the theoretical fields say of the network's design.
import { number, sides } from "../format.js";
import { html, useMemo } from "../html.js";
import { DataTable } from "../lib/table.js";

const FIT = {
  small: ["warn", "The image is smaller than the network suits"],
  suits: ["good", "The image size suits the network"],
  large: ["warn", "The image is larger than any unit sees"],
};

const SHOWN = 3;

/** A section for each image input. */
export function Advice({ job, report }) {
  if (!report.advice) return null;
  const by = report.advice.by_input ?? { "": report.advice };
  return Object.entries(by).map(([input, advice]) => html`<section class="card stack" key=${input}
      aria-label=${`Design advice ${input}`}>
    <h2>Design advice${input && html` <code>${input}</code>`}</h2>
    <${Verdict} advice=${advice} />
    <${Layers} advice=${advice} name=${`${job.id.slice(0, 8)}.advice${input && `.${input}`}`} />
    ${advice.checkerboard.length > 0 && html`<${Checkerboard} advice=${advice}
      name=${`${job.id.slice(0, 8)}.checkerboard${input && `.${input}`}`} />`}
  </section>`);
}

function Verdict({ advice }) {
  const [look, words] = FIT[advice.fit];
  const { resolutions: sizes } = advice;
  const lists = [
    ["Border layer", advice.border ? [advice.border] : [], "the first that is unproductive"],
    ["Unproductive", advice.unproductive, "their incoming field exceeds the image"],
    ["Partly unproductive", advice.partly_unproductive, "it does so along some axes only"],
    ["Doubtful", advice.doubtful, "it does so by the largest path, not by the smallest"],
    ["The whole image also enters through", advice.global_context, "the figures are about local paths"],
  ];
  return html`
    <p class=${`notice ${look}`}><strong>${words}</strong> (${sides(advice.image)} px).
      ${sizes && html` No layer is unproductive from ${sides(sizes.least)} px on; the shortest paths' fields fit into
        ${` ${sides(sizes.expanded)}`} px; some unit sees all of an image up to ${sides(sizes.most)} px.`}</p>
    <ul class="advice">
      ${lists.filter(([, names]) => names.length).map(([what, names, why]) => html`<li key=${what}>
        <strong>${what}:</strong> <${Some} names=${names} /> <span class="muted">(${why})</span></li>`)}
    </ul>`;
}

/** The first of some names; the table below has them all. */
function Some({ names }) {
  const more = names.length - SHOWN;
  return html`${names.slice(0, SHOWN).map((name, at) => html`${at ? ", " : ""}<code>${name}</code>`)}
    ${more > 0 ? ` and ${more} more` : ""}`;
}

function Layers({ advice, name }) {
  const rows = useMemo(() => {
    return advice.layers.map((layer) => ({ ...layer, verdict: verdictOf(advice, layer.tensor) }));
  }, [advice]);
  const parts = partsOf(advice.image);
  const list = (key, label) => ({ key, label, parts, number: true, show: (row) => sides(row[key]) });
  const columns = [
    { key: "tensor", label: "Layer", show: ({ tensor }) => html`<code>${tensor}</code>` },
    { key: "op", label: "Operator" },
    list("jump", "Jump, px"),
    list("growth", "Growth, px"),
    list("incoming", "Incoming, least, px"),
    list("incoming_largest", "Incoming, largest, px"),
    { key: "verdict", label: "Verdict",
      show: ({ verdict }) => (verdict ? html`<span class="warn">${verdict}</span>` : "productive") },
  ];
  return html`<${DataTable} columns=${columns} rows=${rows} name=${name} caption="Layers: jump, growth and verdict" />`;
}

function Checkerboard({ advice, name }) {
  const columns = [
    { key: "tensor", label: "Tensor", show: ({ tensor }) => html`<code>${tensor}</code>` },
    { key: "sizes", label: "Sizes that occur, px", parts: partsOf(advice.image),
      value: ({ sizes: found }) => found.map((axis) => axis.join(" ")),
      show: ({ sizes: found }) => found.map((axis) => axis.map((size) => number(size)).join(", ")).join(" × ") },
  ];
  return html`<h3>Units of one tensor that see different sizes</h3>
    <${DataTable} columns=${columns} rows=${advice.checkerboard} name=${name}
      caption="Tensors whose units see different sizes" />`;
}

function verdictOf(advice, tensor) {
  if (advice.unproductive.includes(tensor)) return "unproductive";
  if (advice.partly_unproductive.includes(tensor)) return "partly unproductive";
  return advice.doubtful.includes(tensor) ? "doubtful" : null;
}

function partsOf(image) {
  return ["d", "h", "w"].slice(-image.length);
}
