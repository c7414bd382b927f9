// Effective fields on the stage: which were measured, their maps, and how they are drawn at another unit.
import { getBytes } from "../api.js";
import { NAMES, number } from "../format.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { pointOf } from "../lib/field.js";
import { readNpz } from "../lib/npz.js";
import { around, placeOf } from "./geometry.js";
import { LEVELS, colourOf, linesOf, pictureOf, planeOf } from "./heat.js";

/** The estimators of effective fields, the one to begin with first. */
export const ESTIMATORS = ["gradient", "constant_forward", "closed_form"];

/**
 * What was measured of a tensor, by estimator: entries of the report and of jobs that were asked from here.
 * @param {Array<{job: string, report: object}>} reports
 */
export function measuredOf(reports, tensor) {
  const found = {};
  for (const estimator of ESTIMATORS) {
    const ofJob = ({ job, report }) => (report[estimator]?.[tensor] ?? []).map((entry) => ({ ...entry, job }));
    const entries = reports.flatMap(ofJob);
    if (entries.length) found[estimator] = entries;
  }
  return found;
}

/** The entry measured nearest to a unit; of equals the first. */
export function nearestEntry(entries, unit) {
  const away = (entry) => Math.hypot(...entry.unit.map((index, axis) => index - unit[axis]));
  return entries?.reduce((best, entry) => (away(entry) < away(best) ? entry : best)) ?? null;
}

/** Whether an entry was measured at just this unit. */
export function isAt(entry, unit) {
  return `${entry.unit}` === `${unit}`;
}

const MOST_MAPS = 40;
const maps = new Map(); // by address

/** The map of an entry, ready to draw: `{ map, fault }`; both null while it loads or where no map was kept. */
export function useErfMap(entry) {
  const [state, setState] = useState({});
  const name = entry?.artifacts.find((each) => each.endsWith(".npz"));
  const path = name && `/jobs/${entry.job}/artifacts/${encodeURIComponent(name)}`;
  useEffect(() => {
    if (!path) return undefined;
    let gone = false;
    load(path).then(
      (map) => !gone && setState({ path, map }),
      (error) => !gone && setState({ path, fault: error.message }),
    );
    return () => {
      gone = true;
    };
  }, [path]);
  const { map = null, fault = null } = path && state.path === path ? state : {};
  return { map, fault };
}

function load(path) {
  if (!maps.has(path)) {
    const promise = getBytes(path).then(readNpz).then(drawn);
    promise.catch(() => maps.delete(path));
    maps.set(path, promise);
    if (maps.size > MOST_MAPS) maps.delete(maps.keys().next().value);
  }
  return maps.get(path);
}

function drawn(arrays) {
  const plane = planeOf(arrays);
  return {
    plane,
    href: pictureOf(plane),
    ...linesOf(plane),
    centre: [...arrays.centre.data],
    canvas: [...arrays.canvas.data],
  };
}

/** A map over the picture, moved to the unit where it was not measured there. */
export function ErfLayer({ map, entry, tensor, unit, stage, scale, clip }) {
  const to = placeOf(pointOf(tensor, unit, tensor.canvas), stage);
  const [dy, dx] = placeOf(map.centre, stage).map((from, i) => to[i] - from);
  const { plane, href, lines } = map;
  const height = stage.axes === 1 ? stage.height : plane.rows;
  const drawing = useMemo(() => html`<image href=${href} x=${plane.x} y=${plane.y} width=${plane.columns}
    height=${height} preserveAspectRatio="none" class="heat" />`, [map, height]);
  const { luo_size: size } = entry.metrics;
  const square = around(to, stage.axes === 1 ? [stage.height, size] : [size, size]);
  return html`<g clip-path=${`url(#${clip})`}><g transform=${`translate(${dx} ${dy})`}>
    ${drawing}
    ${lines.map(({ share, path }) => html`<g key=${share} class="energy">
      <path class="halo" d=${path} stroke-width=${2.6 * scale} />
      <path d=${path} stroke-width=${1.1 * scale} stroke-opacity=${share === 0.99 ? 0.75 : 1} /></g>`)}
    </g>
    <rect class="luo" ...${square} stroke-width=${1.8 * scale} stroke-dasharray=${`${1.5 * scale} ${4 * scale}`} />
  </g>`;
}

/** One line of a head's map, in the head's colour. */
export function EnergyLine({ map, tensor, unit, stage, scale, colour, clip, share = 0.95 }) {
  const to = placeOf(pointOf(tensor, unit, tensor.canvas), stage);
  const [dy, dx] = placeOf(map.centre, stage).map((from, i) => to[i] - from);
  const { path } = map.lines.find((line) => line.share === share) ?? {};
  if (!path) return null;
  return html`<g clip-path=${`url(#${clip})`}><g transform=${`translate(${dx} ${dy})`} style=${{ "--c": colour }}>
    <path class="halo thin" d=${path} stroke-width=${3.4 * scale} />
    <path class="head-energy" d=${path} stroke-width=${1.8 * scale} /></g></g>`;
}

/** What the colours and lines mean. */
export function ErfLegend({ entry }) {
  const { map } = useErfMap(entry);
  if (!map) return null;
  const stops = [0, 0.25, 0.5, 0.75, 1].map((step) => `rgb(${colourOf(step).map(Math.round).join(" ")})`);
  const ramp = { background: `linear-gradient(90deg, ${stops.join(", ")})` };
  const smoothed = map.smoothed ? ` (smoothed by ${number(map.smoothed, 1)} px)` : "";
  const shares = LEVELS.map((share) => share * 100).join(", ");
  const lines = `Lines: the smallest areas with ${shares} % of the energy${smoothed}. `;
  return html`<div class="erf-legend small">
    <span class="row"><span>little</span><span class="ramp" style=${ramp}></span><span>much</span></span>
    <span class="muted">
      ${map.lines.length ? lines : ""}Dotted: Luo size, ${number(entry.metrics.luo_size, 1)} px.</span>
  </div>`;
}

/** Which estimator's map is shown. */
export function EstimatorChoice({ found, chosen, choose }) {
  const known = ESTIMATORS.filter((key) => found[key]);
  if (!known.length) return null;
  return html`<div class="segments" role="group" aria-label="Effective field">
    <button aria-pressed=${chosen === null} onClick=${() => choose("none")}>Theory alone</button>
    ${known.map((key) => html`<button key=${key} aria-pressed=${chosen === key}
      onClick=${() => choose(key)}>${NAMES[key]}</button>`)}
  </div>`;
}
