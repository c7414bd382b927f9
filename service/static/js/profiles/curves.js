// From a map to curves over the distance, and to the figures that are marked on them; see rfengine.metrics.
import { coreValueOf, forDistances, lineOf, offsetsOf, wholeOf } from "./plane.js";

/** 1 - 95.45 %: what Luo et al. call two standard deviations. */
export const TWO_SIGMA = 0.0455;

/**
 * Radial and axis profiles, in the map's own units.
 * @returns {{ radial: Curve, axes: Curve[] }} a curve has `x`, px from the centre, and `y`; one along an axis is the
 *   mean of both directions and has their `low` and `high`. Radial: bin k has the pixels with k - 1/2 <= |d| < k + 1/2.
 */
export function profilesOf(plane) {
  return { radial: radialOf(plane), axes: plane.canvas.map((_, axis) => alongAxis(plane, axis)) };
}

/**
 * The largest value at a distance or beyond it, as a line of steps: where it falls below a level is the radial radius
 * at that level.
 */
export function beyondOf(plane) {
  const found = [];
  forDistances(plane, plane.origin, plane.shape, (distance, at) => {
    if (plane.values[at] > 0) found.push([distance, plane.values[at]]);
  });
  found.sort(([a], [b]) => b - a);
  const steps = [];
  let most = 0;
  for (const [distance, value] of found) {
    if (value <= most) continue;
    most = value;
    if (steps.at(-1)?.[0] === distance) steps.pop();
    steps.push([distance, value]);
  }
  // A value holds from the step before it, on the inside, to its own distance.
  const corners = steps.reverse().flatMap(([x, y], at) => [[at ? steps[at - 1][0] : 0, y], [x, y]]);
  return { x: Float64Array.from(corners, ([x]) => x), y: Float64Array.from(corners, ([, y]) => y) };
}

/** Largest Euclidean distance with a value at or above level times the maximum, px. */
export function radialRadius(plane, level) {
  let most = 0;
  forDistances(plane, plane.origin, plane.shape, (distance, at) => {
    if (distance > most && plane.values[at] >= level * plane.peak) most = distance;
  });
  return most;
}

/** Largest whole distance along an axis, in either direction, with a value at or above it; null where there is none. */
export function axisRadius(plane, level) {
  const reached = plane.canvas.flatMap((_, axis) => {
    const away = offsetsOf(plane, axis);
    return [...lineOf(plane, axis)].flatMap((value, i) =>
      value >= level * plane.peak ? [Math.floor(Math.abs(away[i]))] : [],
    );
  });
  return reached.length ? reached.reduce((a, b) => Math.max(a, b)) : null;
}

/** Luo's level as a share of the maximum: 4.55 % of the value at the centre. */
export function luoLevel(plane) {
  return (TWO_SIGMA * coreValueOf(plane)) / plane.peak;
}

function alongAxis(plane, axis) {
  const line = lineOf(plane, axis);
  const both = new Map();
  offsetsOf(plane, axis).forEach((offset, i) => {
    const distance = Math.abs(offset);
    both.set(distance, [...(both.get(distance) ?? []), line[i]]);
  });
  const sorted = [...both].sort(([a], [b]) => a - b);
  const curve = (of) => Float64Array.from(sorted, ([, values]) => of(values));
  return {
    x: Float64Array.from(sorted, ([distance]) => distance),
    y: curve((values) => values.reduce((a, b) => a + b) / values.length),
    low: curve((values) => Math.min(...values)),
    high: curve((values) => Math.max(...values)),
  };
}

function radialOf(plane) {
  const [count, distances, sums] = [[], [], []];
  forDistances(plane, ...wholeOf(plane), (distance) => {
    const bin = Math.floor(distance + 0.5);
    count[bin] = (count[bin] ?? 0) + 1;
    distances[bin] = (distances[bin] ?? 0) + distance;
  });
  forDistances(plane, plane.origin, plane.shape, (distance, at) => {
    const bin = Math.floor(distance + 0.5);
    sums[bin] = (sums[bin] ?? 0) + plane.values[at];
  });
  const bins = Object.keys(count).map(Number);
  return {
    x: Float64Array.from(bins, (bin) => distances[bin] / count[bin]),
    y: Float64Array.from(bins, (bin) => (sums[bin] ?? 0) / count[bin]),
  };
}
