// The state of the explorer in the address: what is chosen, so that a link shows it.
import { setQuery } from "../route.js";

const FITS = ["letterbox", "stretch", "crop"];

/** `{ tensor, unit, est, fit, heads, input, boxes, factor, measured }` of an address; null where it is silent. */
export function readAddress(query) {
  const numbers = (key) => query.get(key)?.split(",").map(Number);
  const unit = numbers("unit");
  const factor = Number(query.get("k"));
  return {
    tensor: query.get("tensor"),
    unit: unit?.every((index) => Number.isInteger(index) && index >= 0) ? unit : null,
    est: query.get("est"),
    fit: FITS.includes(query.get("fit")) ? query.get("fit") : null,
    heads: query.get("heads"),
    input: query.get("input"),
    boxes: boxesOf(query.get("boxes") ?? ""),
    factor: factor >= 0.5 && factor <= 4 ? factor : 1.5,
    measured: (query.get("measured") ?? "").split(",").filter((id) => /^[0-9a-f]{32}$/.test(id)),
  };
}

/** Note some of it; null is silence. */
export function note({ unit, boxes, factor, measured, ...others }) {
  const changes = { ...others };
  if (unit !== undefined) changes.unit = unit && unit.join(",");
  if (boxes !== undefined) changes.boxes = boxes.length ? boxes.map((box) => box.join(",")).join(";") : null;
  if (factor !== undefined) changes.k = factor === 1.5 ? null : `${factor}`;
  if (measured !== undefined) changes.measured = measured.length ? measured.join(",") : null;
  setQuery(changes);
}

// A box is y, x, height, width in px of the network's input.
function boxesOf(text) {
  const boxes = text.split(";").filter(Boolean).map((box) => box.split(",").map(Number));
  return boxes.filter((box) => box.length === 4 && box.every(Number.isFinite) && box[2] > 0 && box[3] > 0);
}
