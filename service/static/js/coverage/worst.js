// The objects that are furthest from being covered: as a table, and as boxes over the reader's own images.
import { number, percent, sides } from "../format.js";
import { html, useMemo, useState } from "../html.js";
import { DataTable } from "../lib/table.js";
import { ImageDrop, useImages } from "./images.js";
import { Scene } from "./scene.js";
import { BINDS, headClass } from "./words.js";

/** The section; nothing where all objects are covered. */
export function Worst({ job, coverage }) {
  const { worst, heads, uncovered } = coverage;
  const images = useImages();
  const [chosen, setChosen] = useState(0);
  const rows = useMemo(() => {
    const placeOf = (head) => heads.findIndex(({ name }) => name === head);
    return worst.map((each, place) => ({ ...each, place, headPlace: placeOf(each.head) }));
  }, [worst, heads]);
  if (!worst.length) return null;
  const row = rows[Math.min(chosen, rows.length - 1)];
  return html`<section class="card stack" aria-labelledby="worst">
    <h2 id="worst">Furthest from being covered</h2>
    <p class="muted small">The first ${rows.length} of ${number(uncovered, 0)} under the job's own policy. Choose one to
      see it.</p>
    <div class="worst">
      <div class="stack">
        <${Scene} ...${{ job, coverage, row, images }}
          others=${rows.filter((each) => each !== row && each.box && each.image === row.image)} />
        <${ImageDrop} images=${images} names=${rows.map(({ image }) => image)} />
      </div>
      <${DataTable} columns=${COLUMNS} rows=${rows} name=${`${job.id.slice(0, 8)}.worst`}
        caption="Objects furthest from being covered"
        onRow=${({ place }) => setChosen(place)} selected=${({ place }) => place === row.place} />
    </div>
  </section>`;
}

const COLUMNS = [
  { key: "image", label: "Image", value: ({ image, place }) => image ?? `object ${place + 1}` },
  { key: "label", label: "Label" },
  { key: "size_px", label: "Height × width, px", parts: ["h", "w"], number: true,
    show: ({ size_px: size }) => sides(size, 1) },
  { key: "head", label: "Nearest head",
    show: ({ head, headPlace }) => html`<span class=${`head-name ${headClass(headPlace)}`}>
      ${head && html`<span class="dot"></span>`}${head ?? "none"}</span>` },
  { key: "binding", label: "What binds", show: ({ binding }) => BINDS[binding] },
  { key: "has_px", label: "Has, px", number: true, show: (row) => number(row.has_px, 1) },
  { key: "needed_px", label: "Needs, px", number: true, show: (row) => number(row.needed_px, 1) },
  { key: "ratio", label: "Has / needs", number: true, show: ({ ratio }) => percent(ratio) },
  { key: "count", label: "Count", number: true },
  { key: "annotation", label: "Annotation" },
];
