// How the field grows with depth; a point is a tensor, and choosing one chooses the other.
import { NAMES } from "../format.js";
import { html, useMemo, useState } from "../html.js";
import { LineChart } from "../lib/chart.js";
import { sizeOf } from "./network.js";

/** `network`, the `name` that is shown, `input`, `est` and `reports`: what was measured; `choose(name)`. */
export function Growth({ network, name, input, est, reports, choose }) {
  const [isLog, setLog] = useState(false);
  const points = useMemo(() => pointsOf(network, input), [network, input]);
  const measured = useMemo(() => measuredPoints(network, reports, est), [network, reports, est]);
  const way = useMemo(() => wayTo(network, name, input), [network, name, input]);
  const series = [
    { name: "All tensors", key: "all", ...points, class: "s-all", look: "points" },
    { name: "On the way to this one", key: "way", ...way, class: "s-1", look: "line" },
    { name: `${NAMES[est]}, Luo size`, key: "measured", ...measured, class: "s-2", look: "points" },
  ].filter(({ x }) => x.length);
  const picked = { series: 0, index: points.names.indexOf(name) };
  return html`<section class="card growth" aria-label="Growth of the field">
    <${LineChart} title="How the field grows" name="growth" series=${series} xLabel="depth, tensors from the input"
      yLabel="field, px" yScale=${isLog ? "log" : "linear"} picked=${picked} height=${300}
      onPick=${(at, index) => choose(series[at].names[index])}
      description="Size of the theoretical field of each tensor over its depth" />
    <label class="check small">
      <input type="checkbox" checked=${isLog} onChange=${(event) => setLog(event.target.checked)} />
      <span>Logarithmic</span></label>
  </section>`;
}

function pointsOf(network, input) {
  return listed(network, network.byDepth, (name) => Math.max(...sizeOf(network, name, input)));
}

// From the input along the parent that sees most.
function wayTo(network, name, input) {
  const side = (each) => Math.max(...sizeOf(network, each, input));
  const way = [name];
  for (let parents = network.parents.get(name); parents?.length; parents = network.parents.get(way[0])) {
    way.unshift(parents.reduce((best, each) => (side(each) > side(best) ? each : best)));
  }
  return listed(network, way, side);
}

function measuredPoints(network, reports, est) {
  const sizes = new Map();
  for (const { report } of reports) {
    for (const [tensor, entries] of Object.entries(report[est] ?? {})) {
      if (tensor in network.tensors && entries.length) sizes.set(tensor, entries[0].metrics.luo_size);
    }
  }
  return listed(network, network.byDepth.filter((name) => sizes.has(name)), (name) => sizes.get(name));
}

function listed(network, names, size) {
  return { names, x: names.map((name) => network.depth.get(name)), y: names.map(size), labels: names };
}
