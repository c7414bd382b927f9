// Estimators in one chart: how far the unit looks by each of them, and how soon a square holds it all.
import { NAMES } from "../format.js";
import { html, useMemo } from "../html.js";
import { LineChart } from "../lib/chart.js";
import { axesOf, classOf, wayName } from "./choice.js";
import { levelDots, levelMarks, rangeOf, reachOf, theoryMarks } from "./marks.js";

/** The curve of a map along one way: "h", "w", ..., "mean" or "beyond". */
export function curveOf(map, along) {
  if (along === "mean") return map.radial;
  if (along === "beyond") return map.beyond;
  return map.axes[axesOf(map.axes.length).indexOf(along)];
}

/** Profiles and energies of several maps of one unit. @param {object} props `about`: target and unit, in words */
export function Compared({ maps, choice, theory, about, name }) {
  return html`<section class="card stack" aria-labelledby="compared">
    <h2 id="compared">Estimators compared</h2>
    <div class="columns">
      <${Profiles} ...${{ maps, choice, theory, about, name }} />
      <${Energies} ...${{ maps, theory, about, name }} />
    </div>
  </section>`;
}

function Profiles({ maps, choice, theory, about, name }) {
  const { along, scale } = choice;
  const chart = useMemo(() => {
    const series = maps.map((map) => ({
      name: NAMES[map.estimator],
      class: classOf(map.estimator),
      ...lineOf(curveOf(map, along)),
    }));
    const isRadial = along === "beyond" || along === "mean";
    const reach = Math.max(...maps.map((map) => reachOf(map, theory, isRadial)));
    return {
      series,
      marks: [...theoryMarks(theory), ...levelMarks(maps)],
      dots: maps.flatMap((map) => levelDots(map, isRadial ? "radial" : "axis", classOf(map.estimator))),
      xDomain: [0, reach],
      yDomain: rangeOf(maps, scale, series),
    };
  }, [maps, along, scale, theory]);
  return html`<${LineChart} ...${chart} title=${`Profile, ${wayName(along)}`} subject=${about}
    name=${`${name}.estimators.profile`} yScale=${scale}
    description="The map by each estimator over the distance from the unit's centre."
    xLabel="distance from the centre, px" yLabel="share of the map's maximum" />`;
}

function Energies({ maps, theory, about, name }) {
  const chart = useMemo(() => ({
    series: maps.map((map) => ({ name: NAMES[map.estimator], class: classOf(map.estimator), ...map.energy })),
    marks: theoryMarks(theory, 1),
    dots: maps.flatMap((map) => sidesOn(map)),
    xDomain: [0, Math.max(...maps.map((map) => energyReach(map, theory)))],
  }), [maps, theory]);
  return html`<${LineChart} ...${chart} title="Share of the sum in a square" subject=${about}
    name=${`${name}.estimators.energy`}
    description="What a square about the unit's centre holds, by its side, by each estimator."
    yDomain=${UNIT} xLabel="side of a centred square, px" yLabel="share of the map's sum" />`;
}

const UNIT = [0, 1.02];

/** Points where a map's energy curve passes the percentages of the report. */
export function sidesOn({ entry, energy, estimator }) {
  return Object.entries(entry.metrics.energy_side).map(([percentage, side]) => ({
    x: side,
    y: energy.y[side - 1],
    label: `${percentage} %: ${side} px`,
    class: classOf(estimator),
  }));
}

/** The largest side to show, px: the theoretical size, or the image where that is smaller. */
export function energyReach({ plane, entry }, theory) {
  const size = theory ? Math.min(Math.max(...theory), Math.max(...plane.canvas)) : Math.max(...plane.canvas);
  return Math.max(1.08 * size, 1.06 * entry.metrics.energy_side["99"]);
}

/** A curve as a line of a chart, with the two directions of an axis as its band. */
export function lineOf({ x, y, low, high }) {
  return { x, y, band: low && { low, high } };
}
