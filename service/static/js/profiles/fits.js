// The fits of a report as curves over the distance along the map's widest axis; see rfengine.plots.fits.
import { number, sides } from "../format.js";
import { brief } from "../lib/chart.js";
import { forPixels, offsetsOf, wholeOf } from "./plane.js";

const FAMILIES = [
  ["gaussian", "Gaussian"],
  ["laplace", "Laplace"],
  ["generalised", "Generalised Gaussian"],
  ["box", "Box"],
];
// Scales closer than this share are one: one axis is as good as another.
const ALIKE = 0.1;

/**
 * Every fit that can be drawn.
 * @returns {Array<{ key, name, at: (distance: number) => number, isBest: boolean }>} `at` takes px from the centre to
 *   shares of the map's maximum
 */
export function fitsOf(plane, metrics) {
  const axis = widestAxis(plane, metrics);
  const found = metrics.gaussian ? [leastSquares(plane, metrics.gaussian, axis)] : [];
  if (!metrics.shapes) return found;
  const drawn = FAMILIES.filter(([key]) => metrics.shapes[key].scale.every((scale) => scale !== 0));
  return [...found, ...drawn.map((family) => likelihood(plane, metrics, family, axis))];
}

/** The axis along which the map is widest, by its fits; the last where it is about as wide on all. */
export function widestAxis(plane, metrics) {
  if (!metrics.shapes) return plane.canvas.length - 1;
  const scales = metrics.shapes.gaussian.scale.map((scale) => scale ?? Infinity);
  const most = Math.max(...scales);
  return scales.findLastIndex((scale) => scale >= most * (1 - ALIKE));
}

function leastSquares(plane, fit, axis) {
  const sigma = sigmaAlong(plane, fit, axis);
  const height = amplitudeOf(plane, fit) / plane.peak;
  const name = `Gaussian, least squares: σ ${sides(fit.sigma)} px, R² ${number(fit.r2, 4)}`;
  return { key: "least squares", name, at: (d) => height * Math.exp(-0.5 * (d / sigma) ** 2), isBest: false };
}

/** The sigma of the cut through the fitted Gaussian along one axis, px. */
function sigmaAlong(plane, { sigma, theta }, axis) {
  if (plane.canvas.length !== 2) return sigma.reduce((a, b) => a * b) ** (1 / plane.canvas.length);
  const along = [Math.sin(theta), Math.cos(theta)][axis] ** 2;
  return (along / sigma[0] ** 2 + (1 - along) / sigma[1] ** 2) ** -0.5;
}

/** The height that the fit itself leaves out, in the map's units: <E, f> / <f, f> over the canvas. */
function amplitudeOf(plane, fit) {
  const form = quadraticOf(plane, fit);
  let [product, square] = [0, 0];
  forPixels(plane, plane.origin, plane.shape, (offsets, at) => {
    product += plane.values[at] * Math.exp(-0.5 * form(offsets));
  });
  forPixels(plane, ...wholeOf(plane), (offsets) => {
    square += Math.exp(-form(offsets));
  });
  return product / square;
}

/** d^T P d of a fit; on three axes the in-plane angle does not say it, and the mean sigma stands for all. */
function quadraticOf(plane, { sigma, theta }) {
  const axes = plane.canvas.length;
  if (axes !== 2) {
    const mean = sigma.reduce((a, b) => a * b) ** (2 / axes);
    return (offsets) => offsets.reduce((sum, d) => sum + d * d, 0) / mean;
  }
  const [sin, cos] = [Math.sin(theta), Math.cos(theta)];
  return ([h, w]) => ((h * sin + w * cos) / sigma[0]) ** 2 + ((h * cos - w * sin) / sigma[1]) ** 2;
}

/** mass * prod_a f(d_a) / sum_canvas prod_a f(d_a), cut along one axis. */
function likelihood(plane, metrics, [key, words], axis) {
  const fit = metrics.shapes[key];
  const shape = shapeOf(key, fit.exponent);
  const scales = fit.scale.map((scale) => scale ?? Infinity);
  const onCanvas = scales.map((scale, a) => offsetsOf(plane, a).reduce((sum, d) => sum + shape(Math.abs(d), scale), 0));
  const mass = plane.values.reduce((a, b) => a + b, 0) / plane.peak;
  const height = mass / onCanvas.reduce((a, b) => a * b);
  const what = { box: "side", gaussian: "σ" }[key] ?? "s";
  const size = fit.scale.includes(null) ? "flat" : `${what} ${sides(fit.scale)} px`;
  const exponent = key === "generalised" && fit.exponent ? `, b ${brief(fit.exponent, 3)}` : "";
  const isBest = metrics.best_shape === key;
  const name = `${words}${isBest ? " (best)" : ""}: ${size}${exponent}, KL ${brief(fit.kl, 2)} nats`;
  return { key, name, at: (d) => height * shape(d, scales[axis]), isBest };
}

/** f(|d|, scale) of a family, 1 at the centre. */
function shapeOf(key, exponent) {
  if (key === "box") return (d, side) => (d < side / 2 ? 1 : 0);
  if (key === "gaussian") return (d, sigma) => Math.exp(-0.5 * (d / sigma) ** 2);
  const b = key === "laplace" ? 1 : exponent || 2;
  return (d, s) => Math.exp(-((d / s) ** b));
}
