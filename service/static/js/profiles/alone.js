// One estimator's map of one unit: profiles with levels and fits, energy, figures and the engine's pictures.
import { NAMES } from "../format.js";
import { html, useMemo } from "../html.js";
import { LineChart } from "../lib/chart.js";
import { Pictures } from "./pictures.js";
import { axesOf, wayName } from "./choice.js";
import { energyReach, lineOf, sidesOn } from "./compare.js";
import { energyMarks, figuresOf, levelDots, levelMarks, luoMark, rangeOf, reachOf, theoryMarks } from "./marks.js";

const SAMPLES = 400;
const FIT_CLASSES = { "least squares": "s-4", gaussian: "s-5", laplace: "s-6", generalised: "s-2", box: "plain" };

/** @param {object} props `map`: as `measuredOf` gives it; `theory`: sizes, px; `about`, `name`: target and unit */
export function Alone({ map, scale, theory, about, name, job, report }) {
  const { estimator, entry } = map;
  const file = `${name}.${estimator}`;
  const subject = `${about}, ${NAMES[estimator]}`;
  return html`<section class="card stack" aria-label=${NAMES[estimator]}>
    <h2>${NAMES[estimator]} <span class="muted small">${about}</span></h2>
    <${Facts} facts=${figuresOf(entry)} />
    <div class="columns">
      <${Profile} ...${{ map, scale, theory, subject, file }} />
      <${Energy} ...${{ map, theory, subject, file }} />
    </div>
    <${How} entry=${entry} />
    <${Pictures} job=${job} report=${report} names=${entry.artifacts} />
  </section>`;
}

function Profile({ map, scale, theory, subject, file }) {
  const chart = useMemo(() => {
    const reach = reachOf(map, theory, true);
    const curves = curvesOf(map);
    const fits = map.fits.map((fit) => fitLine(fit, reach));
    return {
      series: [...curves, ...fits],
      marks: [...theoryMarks(theory), ...levelMarks([map]), luoMark(map)],
      dots: [...levelDots(map, "axis"), ...levelDots(map, "radial", "hollow")],
      xDomain: [0, reach],
      yDomain: rangeOf([map], scale, curves, map.fits.map((fit) => fit.at(0))),
    };
  }, [map, scale, theory]);
  // Which fits are shown at first follows the best shape.
  return html`<${LineChart} ...${chart} key=${map.entry.metrics.best_shape} title="Profiles, levels and fits"
    subject=${subject} name=${`${file}.profile`}
    description="The map over the distance from the unit's centre, with its fits and the radii at its levels."
    yScale=${scale} xLabel="distance from the centre, px" yLabel="share of the map's maximum" />`;
}

function Energy({ map, theory, subject, file }) {
  const chart = useMemo(() => ({
    series: [{ name: NAMES[map.estimator], class: "s-1", ...map.energy }],
    marks: [...theoryMarks(theory, 1), ...energyMarks(map)],
    dots: sidesOn(map).map((dot) => ({ ...dot, class: "" })),
    xDomain: [0, energyReach(map, theory)],
  }), [map, theory]);
  return html`<${LineChart} ...${chart} title="Share of the sum in a square" subject=${subject} name=${`${file}.energy`}
    yDomain=${UNIT}
    description="What a square about the unit's centre holds, by its side."
    xLabel="side of a centred square, px" yLabel="share of the map's sum" />`;
}

const UNIT = [0, 1.02];

/** The map's own curves: along each axis, over all directions, and the highest. */
function curvesOf({ axes, radial, beyond }) {
  const along = axes.map((curve, axis) => ({
    name: wayName(axesOf(axes.length)[axis]),
    class: `s-${axis + 1}`,
    width: 3.4 - 1.2 * axis,
    ...lineOf(curve),
  }));
  const mean = axes.length > 1 ? [{ name: wayName("mean"), class: "s-3", width: 1.4, ...radial }] : [];
  return [...along, ...mean, { name: wayName("beyond"), class: "plain", width: 1, ...beyond }];
}

/** A fit as a line; at first only the least-squares one and the best are shown. */
function fitLine({ key, name, at, isBest }, reach) {
  const x = Float64Array.from({ length: SAMPLES + 1 }, (_, i) => (i * reach) / SAMPLES);
  const hidden = !isBest && key !== "least squares";
  return { key, name, x, y: x.map(at), class: FIT_CLASSES[key], dashed: true, width: isBest ? 2.4 : 1.6, hidden };
}

/** What the images were, and what was done to the network. */
function How({ entry }) {
  const facts = Object.entries({ ...entry.inputs, ...entry.policy }).map(([what, value]) => [
    what.replaceAll("_", " "),
    typeof value === "object" ? JSON.stringify(value) : `${value}`,
  ]);
  return html`<details class="small"><summary>How it was measured</summary><${Facts} facts=${facts} /></details>`;
}

function Facts({ facts }) {
  return html`<dl class="figures">
    ${facts.map(([what, value]) => html`<div><dt>${what}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}
