// The effective field of a network before and after it was trained.
import { pictureOf } from "../explore/heat.js";
import { number, percent } from "../format.js";
import { html, useMemo, useRef } from "../html.js";
import { SaveMenu } from "../lib/save.js";
import { DataTable } from "../lib/table.js";

/** Two maps of one training, and the figures of all. */
export function Grown({ job, row }) {
  const kept = row.grown.find(({ maps }) => maps !== null);
  const name = `${job.id.slice(0, 8)}.${row.network}`;
  return html`<section class="card stack" aria-labelledby="grown">
    <h2 id="grown">The effective field grows with training</h2>
    ${kept && html`<p class="muted small">${row.network} at ${kept.distance_px} px, seed ${kept.seed}
      ${kept.accuracy === null ? "" : `, accuracy ${percent(kept.accuracy)}`}.
        Shares of the maximum; the frame is the theoretical field of unit ${kept.maps.unit.join(", ")}.</p>
      <div class="grown">
        <${FieldMap} title="Before" values=${kept.maps.before} sizes=${kept.before} maps=${kept.maps}
          name=${`${name}.before`} />
        <${FieldMap} title="After" values=${kept.maps.after} sizes=${kept.after} maps=${kept.maps}
          name=${`${name}.after`} />
      </div>`}
    <${DataTable} columns=${COLUMNS} rows=${row.grown} name=${`${name}.grown`} filterable=${false}
      caption="Effective fields before and after training" />
  </section>`;
}

function FieldMap({ title, values, sizes, maps, name }) {
  const svg = useRef(null);
  const [rows, columns] = [values.length, values[0].length];
  const href = useMemo(() => pictureOf({ values: Float32Array.from(values.flat()), rows, columns }), [values]);
  const [[top, bottom], [left, right]] = maps.field;
  const side = number(sizes.energy_side_95);
  const words = `${title}: Luo size ${number(sizes.luo_size, 1)} px, square with 95 % ${side} px`;
  return html`<figure class="chart">
    <figcaption class="row spread"><strong>${title}</strong>
      <${SaveMenu} name=${name} what=${`${title} training`} svg=${() => svg.current} /></figcaption>
    <svg ref=${svg} class="grown-map" viewBox=${`0 0 ${columns} ${rows}`} role="img" aria-label=${words}>
      <rect class="ground" width=${columns} height=${rows} />
      <image href=${href} width=${columns} height=${rows} preserveAspectRatio="none" />
      <rect class="field" x=${left} y=${top} width=${right - left + 1} height=${bottom - top + 1}
        stroke-width=${columns / 160} />
    </svg>
    <p class="small muted">${words}</p>
  </figure>`;
}

const sized = (key, label, digits = 0) => ["before", "after"].map((when) => ({
  key: `${key}_${when}`,
  label: `${label} ${when}, px`,
  number: true,
  value: (row) => row[when][key],
  show: (row) => number(row[when][key], digits),
}));

const COLUMNS = [
  { key: "distance_px", label: "Distance, px", number: true },
  { key: "seed", label: "Seed", number: true },
  { key: "accuracy", label: "Accuracy", number: true, show: ({ accuracy }) => percent(accuracy) },
  ...sized("luo_size", "Luo size", 1),
  ...sized("radius_px", "Radius"),
  ...sized("energy_side_95", "95 % side"),
];
