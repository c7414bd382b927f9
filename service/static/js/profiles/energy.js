// How much of a map a square about the unit's centre holds; see rfengine.metrics.energy.

/** The percentages of the report. */
export const PERCENTAGES = [50, 90, 95, 99];

/**
 * The map's sum inside squares of whole side about the centre; a square holds the pixels that lie wholly inside it.
 * @returns {{ x: Float64Array, y: Float64Array, total: number }} sides in px, sums in the map's units
 */
export function energyOf(plane) {
  const { canvas, centre } = plane;
  const reach = canvas.reduce((most, side, axis) => Math.max(most, centre[axis], side - centre[axis]), 0);
  const sides = Float64Array.from({ length: Math.ceil(2 * reach) }, (_, i) => i + 1);
  const table = summedArea(plane);
  const held = sides.map((side) => heldBy(plane, table, side));
  return { x: sides, y: held, total: table.at(-1) };
}

/** By percentage, the smallest whole side whose square holds more than that of the sum, px. */
export function energySides({ x, y, total }) {
  const sideOf = (percentage) => x[y.findIndex((held) => held > (percentage / 100) * total)];
  return Object.fromEntries(PERCENTAGES.map((percentage) => [percentage, sideOf(percentage)]));
}

function heldBy({ shape, origin, canvas, centre }, table, side) {
  const clip = (value, axis) => Math.min(Math.max(value, 0), canvas[axis]);
  const inCrop = (value, axis) => Math.min(Math.max(value - origin[axis], 0), shape[axis]);
  const ends = shape.map((_, axis) => {
    const first = clip(Math.ceil(centre[axis] - side / 2), axis);
    const last = Math.max(first, clip(Math.floor(centre[axis] + side / 2), axis));
    return [inCrop(first, axis), inCrop(last, axis)];
  });
  let held = 0;
  // Inclusion and exclusion over the corners of the box, the last axis turning fastest.
  for (let corner = 0; corner < 2 ** shape.length; corner += 1) {
    let at = 0;
    let lows = 0;
    for (let axis = 0; axis < shape.length; axis += 1) {
      const end = (corner >> (shape.length - 1 - axis)) & 1;
      lows += 1 - end;
      at = at * (shape[axis] + 1) + ends[axis][end];
    }
    held += (lows % 2 ? -1 : 1) * table[at];
  }
  return held;
}

/** T[a, b]: the sum over pixels [0, a) x [0, b) of the crop (Crow 1984). */
function summedArea({ values, shape }) {
  const padded = shape.map((side) => side + 1);
  const table = new Float64Array(padded.reduce((a, b) => a * b));
  const strides = padded.map((_, axis) => padded.slice(axis + 1).reduce((a, b) => a * b, 1));
  values.forEach((value, at) => {
    let rest = at;
    let place = 0;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      place += ((rest % shape[axis]) + 1) * strides[axis];
      rest = Math.floor(rest / shape[axis]);
    }
    table[place] = value;
  });
  strides.forEach((stride, axis) => {
    for (let at = stride; at < table.length; at += 1) {
      if (Math.floor(at / stride) % padded[axis]) table[at] += table[at - stride];
    }
  });
  return table;
}
