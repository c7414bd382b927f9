// What is marked on profiles and energy curves: levels, sizes, the theoretical field; and how far the axes go.
import { number, percent, sides } from "../format.js";
import { alongInput, fieldOf, lengthOf } from "../lib/field.js";

const DECADES = 6;

/** The unit's theoretical size along every axis, px; null where its tensor is not known or it reads nothing. */
export function theoryOf(report, target, unit) {
  const tensor = report.analytic?.tensors[target];
  if (!tensor) return null;
  const field = fieldOf(alongInput(tensor, ""), unit);
  const found = Object.values(field).map(lengthOf);
  return found.includes(0) ? null : found;
}

/**
 * The farthest distance to show, px: the theoretical half-size, or the image's end where that comes first; with
 * `isRadial` also the radii, which may lie in the corners of the field.
 */
export function reachOf({ plane, entry }, theory, isRadial) {
  const inside = Math.max(...plane.canvas.map((side, axis) => Math.max(plane.centre[axis], side - plane.centre[axis])));
  const half = theory ? Math.max(...theory) / 2 : inside;
  const radii = isRadial ? Object.values(entry.metrics.radius_px.radial) : [];
  return Math.max(1.1 * Math.min(half, inside), 1.04 * Math.max(entry.metrics.energy_radius["95"], ...radii), 1);
}

/** The vertical range of profiles. @param {Array<{y: Float64Array}>} curves shares of the maximum */
export function rangeOf(maps, scale, curves, ends = []) {
  if (scale === "linear") {
    const top = Math.max(...curves.map(({ y }) => y.reduce((a, b) => Math.max(a, b), 0)));
    return [0, 1.08 * Math.max(top, ...ends.filter((end) => end <= 1.6 * top))];
  }
  const least = Math.min(...curves.map(({ y }) => y.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), 1)));
  const levels = maps.flatMap(({ entry }) => Object.keys(entry.metrics.radius_px.radial).map(Number));
  return [Math.min(Math.max(least / 3, 10 ** -DECADES), ...levels.map((level) => level / 10)), 4];
}

/** Lines across at the theoretical half-sizes (or whole sizes, `by` 1). */
export function theoryMarks(theory, by = 2) {
  if (!theory) return [];
  const found = [...new Set(theory)].map((size) => size / by);
  return found.map((at) => ({ axis: "x", at, label: `theory ${number(at)} px`, class: "theory solid" }));
}

/** Lines at the levels of some entries; with a single one also its radii, on the axes and in any direction. */
export function levelMarks(maps) {
  const levels = [...new Set(maps.flatMap(({ entry }) => Object.keys(entry.metrics.radius_px.radial)))];
  return levels.map((level) => {
    const [one, ...others] = maps.map(({ entry }) => entry.metrics.radius_px);
    const radii = others.length ? "" : `: ◆ ${number(one.axis[level])}, ◇ ${number(one.radial[level], 1)} px`;
    return { axis: "y", at: Number(level), label: `level ${Number(level)}${radii}` };
  });
}

/** Points where a map meets its levels, by the report: on an axis, or in any direction. */
export function levelDots({ entry }, along, look = "") {
  const radii = entry.metrics.radius_px[along];
  return Object.entries(radii).map(([level, x]) => ({ x, y: Number(level), label: `${number(x)} px`, class: look }));
}

/** Luo's level and size. */
export function luoMark({ entry, luo }) {
  return { axis: "y", at: luo, label: `Luo, 4.55 %: size ${number(entry.metrics.luo_size, 1)} px`, class: "luo" };
}

/** Lines across at the energy sides of one entry; percentages that share a side share a line. */
export function energyMarks({ entry }) {
  const bySide = Object.groupBy(Object.entries(entry.metrics.energy_side), ([, side]) => side);
  return Object.entries(bySide).map(([side, found]) => ({
    axis: "x",
    at: Number(side),
    label: `${found.map(([percentage]) => percentage).join(", ")} %: ${side}`,
  }));
}

/** The main figures of an entry, in words: `[[what, value], ...]`. */
export function figuresOf({ metrics }) {
  const levels = Object.keys(metrics.radius_px.radial);
  return [
    ["Luo size", `${number(metrics.luo_size)} px`],
    ...levels.map((level) => [`Radius at ${Number(level)}`, radiiOf(metrics, level)]),
    ["Square with 95 % of the sum", `${metrics.energy_side["95"]} px`],
    ["Share of the theoretical size", percent(metrics.share_of_trf)],
    ["Best shape", metrics.best_shape ?? "not told apart"],
    metrics.gaussian && ["Gaussian σ", `${sides(metrics.gaussian.sigma)} px, R² ${number(metrics.gaussian.r2, 4)}`],
    ["Centre of mass less the unit's centre", `${metrics.offset_px.map((d) => number(d)).join(", ")} px`],
  ].filter(Boolean);
}

function radiiOf(metrics, level) {
  const onAxis = metrics.radius_px.axis[level];
  const any = number(metrics.radius_px.radial[level], 1);
  return `${onAxis === undefined ? "off" : `◆ ${onAxis} px on`} the axes, ◇ ${any} px in any direction`;
}
