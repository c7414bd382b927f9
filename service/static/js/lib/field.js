// What a unit sees, from the report's index maps: exact, in whole pixels of the network's input.
//
// An index map holds units 0 ... q-1; unit u + q sees what unit u sees, p pixels further on. Intervals are inclusive,
// unclipped, and null where a unit reads nothing. Points are in the edge convention: the first pixel spans [0, 1).

/**
 * First and last pixel that a unit reads along one axis.
 * @param {{p: number, q: number, intervals: Array<[number, number] | null>}} axisMap
 * @param {number} unit any whole number
 * @returns {[number, number] | null}
 */
export function intervalOf(axisMap, unit) {
  const phase = phaseOf(axisMap, unit);
  const interval = axisMap.intervals[phase];
  if (!interval) return null;
  const moved = ((unit - phase) / axisMap.q) * axisMap.p;
  return [interval[0] + moved, interval[1] + moved];
}

/** Which of the q kinds of units a unit is: units of one phase see alike. */
export function phaseOf(axisMap, unit) {
  return ((unit % axisMap.q) + axisMap.q) % axisMap.q;
}

/** Middle of a unit's interval, px; null where it reads nothing. */
export function centreOf(axisMap, unit) {
  const interval = intervalOf(axisMap, unit);
  return interval && (interval[0] + interval[1] + 1) / 2;
}

/** Number of pixels of an interval; 0 for none. */
export function lengthOf(interval) {
  return interval ? interval[1] - interval[0] + 1 : 0;
}

/**
 * What a unit of a tensor sees, by axis: `{ h: [first, last], w: [first, last] }`.
 * @param {object} tensor with `axes` and `map`, as `alongInput` gives it
 * @param {number[]} unit index per axis
 */
export function fieldOf(tensor, unit) {
  return Object.fromEntries(tensor.axes.map((axis, i) => [axis, intervalOf(tensor.map[i], unit[i])]));
}

/**
 * The unit whose own centre is nearest to a point, axis by axis; the first of several.
 * @param {object} tensor with `units` and `map`
 * @param {number[]} point px, per axis
 */
export function unitAt(tensor, point) {
  return tensor.map.map((axisMap, i) => nearest(axisMap, tensor.units[i], point[i]));
}

/** The unit n // 2 along every axis, which the estimators call the centre. */
export function centreUnit(tensor) {
  return tensor.units.map((count) => Math.floor(count / 2));
}

/** A unit's centre along every axis, px; the middle of the canvas along an axis on which it reads nothing. */
export function pointOf(tensor, unit, canvas) {
  return tensor.map.map((axisMap, i) => centreOf(axisMap, unit[i]) ?? canvas[i] / 2);
}

/** The inputs that a tensor sees unit by unit; the empty name stands for the model's only one. */
export function inputsOf(tensor) {
  return tensor.by_input ? Object.keys(tensor.by_input) : [""];
}

/** A tensor of the report with what it sees of one input on it, whether the model has one or several. */
export function alongInput(tensor, input) {
  if (!tensor.by_input) return tensor;
  const { by_input: fields, ...head } = tensor;
  return { ...head, ...(fields[input] ?? Object.values(fields)[0]) };
}

/**
 * The phases of an axis that occur among its units, with their sizes.
 * @returns {Array<{phase: number, size: number}>}
 */
export function phasesOf(tensor, axis) {
  const { q, intervals } = tensor.map[axis];
  const count = Math.min(q, tensor.units[axis]);
  return intervals.slice(0, count).map((interval, phase) => ({ phase, size: lengthOf(interval) }));
}

/** What every unit sees at least, px per axis: the smallest of the phases that occur. */
export function guaranteedSize(tensor) {
  return tensor.axes.map((_, axis) => Math.min(...phasesOf(tensor, axis).map(({ size }) => size)));
}

/** P3 for stride [8, 8], as pyramids are numbered; S100, or S32x16, where a stride is no power of two. */
export function headName(stride) {
  const sides = [...new Set(stride)];
  const level = Math.log2(sides[0]);
  if (sides.length === 1 && Number.isInteger(level) && level >= 0) return `P${level}`;
  return `S${[...new Set(sides.map((side) => Number(side.toPrecision(6))))].join("x")}`;
}

function nearest(axisMap, count, point) {
  let best = 0;
  let least = Infinity;
  for (let unit = 0; unit < count; unit += 1) {
    const centre = centreOf(axisMap, unit);
    const away = centre === null ? Infinity : Math.abs(centre - point);
    if (away < least) [best, least] = [unit, away];
  }
  return best;
}
