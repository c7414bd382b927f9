// Where things lie on the stage, in px of the network's input: the first pixel spans [0, 1).
import { intervalOf } from "../lib/field.js";

const LEAST_MARGIN = 0.04;
const MOST_MARGIN = 0.12;
const BAND = 0.22; // height of the band that stands for an input of one axis, as a share of its length

/**
 * The stage of an input.
 * @param {number[]} canvas the input's size, px per axis
 * @param {number[][]} sizes of the fields that should find room, px per axis
 * @returns {{ width, height, view: {x, y, width, height}, axes: number }}
 */
export function stageOf(canvas, sizes) {
  const [height, width] = planeSize(canvas);
  const side = Math.max(width, height);
  const overOf = (size) => size.slice(-2).map((px, axis) => (px - canvas.slice(-2)[axis]) / 2);
  const over = Math.max(0, ...sizes.flatMap(overOf));
  const margin = side * Math.min(Math.max(over / side + 0.02, LEAST_MARGIN), MOST_MARGIN);
  const view = { x: -margin, y: -margin, width: width + 2 * margin, height: height + 2 * margin };
  return { width, height, view, axes: canvas.length };
}

/** The view, widened to the shape of its place on the page. @param {number} ratio width / height; 0: not known yet */
export function widened(view, ratio) {
  const more = Math.max(0, view.height * ratio - view.width);
  return { ...view, x: view.x - more / 2, width: view.width + more };
}

// Height and width of the part of an input that the stage shows: of three axes a slice, of one a band.
function planeSize(canvas) {
  return canvas.length === 1 ? [Math.max(1, Math.round(canvas[0] * BAND)), canvas[0]] : canvas.slice(-2);
}

/** What a unit sees as a rectangle `{x, y, width, height}`, unclipped; null where it reads nothing along an axis. */
export function rectOf(tensor, unit, stage) {
  const intervals = tensor.map.map((axisMap, axis) => intervalOf(axisMap, unit[axis]));
  if (intervals.some((interval) => interval === null)) return null;
  const [[left, right]] = intervals.slice(-1);
  const [top, bottom] = intervals.length === 1 ? [0, stage.height - 1] : intervals.at(-2);
  return { x: left, y: top, width: right - left + 1, height: bottom - top + 1 };
}

/** A square or box about a point. @param {number[]} centre [y, x] @param {number[]} size [height, width] */
export function around([y, x], [height, width]) {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** What two rectangles share; null for nothing. */
export function overlap(a, b) {
  const x = Math.max(a.x, b.x);
  const y = Math.max(a.y, b.y);
  const width = Math.min(a.x + a.width, b.x + b.width) - x;
  const height = Math.min(a.y + a.height, b.y + b.height) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** How far a rectangle reaches beyond another, px: `{ left, top, right, bottom }`, 0 where it does not. */
export function beyond(rect, { x, y, width, height }) {
  return {
    left: Math.max(0, x - rect.x),
    top: Math.max(0, y - rect.y),
    right: Math.max(0, rect.x + rect.width - x - width),
    bottom: Math.max(0, rect.y + rect.height - y - height),
  };
}

/** The picture's frame on a stage. */
export function frameOf({ width, height }) {
  return { x: 0, y: 0, width, height };
}

/** A rectangle as a path. */
export function pathOf({ x, y, width, height }) {
  return `M${x} ${y}h${width}v${height}h${-width}z`;
}

/** A point of the stage, [y, x], as a point of the input, whose further axes stay at `unitPoint`. */
export function pointOn(canvas, [y, x], unitPoint) {
  if (canvas.length === 1) return [x];
  return canvas.length === 2 ? [y, x] : [unitPoint[0], y, x];
}

/** The other way: where a point of the input lies on the stage. */
export function placeOf(point, stage) {
  return point.length === 1 ? [stage.height / 2, point[0]] : point.slice(-2);
}

/** Where a pointer is on an SVG, in its own units: [y, x]. */
export function pointerOn(svg, event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [at.y, at.x];
}
