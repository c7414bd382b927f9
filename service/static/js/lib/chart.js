// A chart of lines and points: read by pointer, keyboard and ear, saved as it is shown.
import { html, useLayoutEffect, useMemo, useRef, useState } from "../html.js";
import { useStyles } from "../styles.js";
import { Plot } from "./chart/plot.js";
import { brief } from "./chart/scales.js";
import { SaveMenu } from "./save.js";

export { brief };

/**
 * @param {object} props
 *   `title`; `subject`: whose chart it is, where the page says so elsewhere; `description`: what it shows; `name`: of
 *   the files it is saved as;
 *   `series`: `[{ name, x, y, key?, class?, look?, dashed?, width?, band?, labels?, hidden? }]` with `look` "line"
 *   (default), "points", "both" or "step"; `class`: "s-1" ... "s-6" or one of the view's own that sets `--c`; `band`:
 *   `{ low, high }`, an interval along the line; `labels`: a name for each point; `hidden`: switched off at first;
 *   `xLabel`, `yLabel`: "what, unit"; `xScale`, `yScale`: "linear" or "log"; `xDomain`, `yDomain`: `[low, high]`, null
 *   where the data decide; `xFormat`, `yFormat`: numbers to words;
 *   `marks`: `[{ axis, at, label, class? }]`, lines across; `dots`: `[{ x, y, label, class? }]`; `spans`: `[{ from, to,
 *   label, class? }]`, shades along x; `onPick(series, index)` when a point is chosen, `picked`: `{ series, index }`,
 *   the one that is; `csv`, `links`: as `SaveMenu` has them; `height`: px, without the rows of labels over it.
 */
export function LineChart(props) {
  const ready = useStyles("chart");
  const { box, width } = useWidth(ready);
  const svg = useRef(null);
  const [off, setOff] = useState(() => new Set(props.series.filter((one) => one.hidden).map(keyOf)));
  const all = useMemo(() => props.series.map(dressed), [props.series]);
  const shown = useMemo(() => all.filter((one) => !off.has(keyOf(one))), [all, off]);
  const toggle = (one) => {
    const next = new Set(off);
    if (!next.delete(keyOf(one))) next.add(keyOf(one));
    setOff(next);
  };
  if (!ready) return html`<div class="chart-room"></div>`;
  const { title, subject, name, csv = () => tableOf(props, shown), links } = props;
  const whole = subject ? `${title}: ${subject}` : title;
  return html`<figure class="chart">
    <figcaption class="row spread"><strong>${title}</strong>
      ${name && html`<${SaveMenu} name=${name} what=${whole} svg=${() => svg.current} csv=${csv} links=${links} />`}
    </figcaption>
    <div ref=${box}>
      ${width > 0 && html`<${Plot} ...${DEFAULTS} ...${props} ...${{ shown, width, svg, title: whole }} />`}
    </div>
    ${all.length > 1 && html`<div class="chart-legend" role="group" aria-label=${`Lines of ${whole}`}>
      ${all.map((one) => html`<${Toggle} key=${keyOf(one)} one=${one} on=${!off.has(keyOf(one))} toggle=${toggle} />`)}
    </div>`}
  </figure>`;
}

// Made once: a new list at every turn would lay out the chart anew.
const DEFAULTS = {
  marks: [],
  dots: [],
  spans: [],
  xScale: "linear",
  yScale: "linear",
  xFormat: brief,
  yFormat: brief,
  xDomain: [null, null],
  yDomain: [null, null],
  description: "",
  picked: null,
};

/** A line's name in the legend; it switches the line on and off. */
function Toggle({ one, on, toggle }) {
  return html`<button type="button" class=${one.class} aria-pressed=${on} onClick=${() => toggle(one)}>
    <span class=${`swatch ${one.look} ${one.dashed ? "dashed" : ""}`}></span>${one.name}
  </button>`;
}

function tableOf({ xLabel, yLabel }, shown) {
  const rows = shown.flatMap((one) => [...one.x].map((x, i) => [one.name, x, one.y[i]]));
  return { header: ["line", xLabel, yLabel], rows };
}

function dressed(one, place) {
  return { look: "line", ...one, place, class: one.class ?? `s-${(place % 6) + 1}` };
}

function keyOf(one) {
  return one.key ?? one.name;
}

function useWidth(ready) {
  const box = useRef(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    if (!box.current) return undefined;
    const measure = () => setWidth(Math.floor(box.current.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [ready]);
  return { box, width };
}
