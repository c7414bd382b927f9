// A measured map about its unit's own centre, as rfengine.metrics has it: the same sums in the same order, so that
// what is drawn agrees with the report to the last bit.
//
// Coordinates follow the edge convention: pixel i spans [i, i + 1). A centre is on a pixel (3.5) or between two (4.0).

/**
 * A map over its canvas.
 * @param {object} arrays of the artifact: `map` (shares of the maximum, cropped to what is not zero), and for each axis
 *   `origin` (of the crop, px), `canvas` (px) and `centre` (px)
 */
export function planeOf({ map, origin, canvas, centre }) {
  return {
    values: Float64Array.from(map.data),
    shape: map.shape,
    origin: [...origin.data],
    canvas: [...canvas.data],
    centre: [...centre.data],
    peak: map.data.reduce((a, b) => Math.max(a, b), 0),
  };
}

/** Signed distances of the centres of all pixels of the canvas from the unit's centre along one axis, px. */
export function offsetsOf({ canvas, centre }, axis) {
  return Float64Array.from({ length: canvas[axis] }, (_, i) => i + 0.5 - centre[axis]);
}

/** The first and last of the one or two pixels nearest to the centre along one axis. */
export function coreOf(plane, axis) {
  const away = offsetsOf(plane, axis).map(Math.abs);
  const least = away.reduce((a, b) => Math.min(a, b));
  return [away.indexOf(least), away.lastIndexOf(least)];
}

/** The value of a pixel of the canvas; zero outside the crop. */
export function valueAt({ values, shape, origin }, pixel) {
  let at = 0;
  for (let axis = 0; axis < shape.length; axis += 1) {
    const i = pixel[axis] - origin[axis];
    if (i < 0 || i >= shape[axis]) return 0;
    at = at * shape[axis] + i;
  }
  return values[at];
}

/** The values along one axis through the centre, over the canvas; between two lines, their mean. */
export function lineOf(plane, axis) {
  const lines = pixelsOf(plane.canvas.map((_, a) => (a === axis ? [0, 0] : coreOf(plane, a))));
  return Float64Array.from({ length: plane.canvas[axis] }, (_, i) => {
    const sum = lines.reduce((total, pixel) => total + valueAt(plane, pixel.with(axis, i)), 0);
    return sum / lines.length;
  });
}

/** The value at the centre: of the pixel there, or the mean of the 2, 4 or 8 around it. */
export function coreValueOf(plane) {
  const pixels = pixelsOf(plane.canvas.map((_, axis) => coreOf(plane, axis)));
  return pixels.reduce((total, pixel) => total + valueAt(plane, pixel), 0) / pixels.length;
}

/** The whole canvas as a box: its first corner and its shape, px. */
export function wholeOf({ canvas }) {
  return [canvas.map(() => 0), canvas];
}

/**
 * Call for every pixel of a box, row by row.
 * @param {number[]} first corner, px
 * @param {number[]} shape px
 * @param {(offsets: number[], at: number) => void} call with the pixel's offsets from the centre, px: one list for all
 *   calls, which is not to be kept
 */
export function forPixels(plane, first, shape, call) {
  const away = shape.map((side, axis) => offsetsOf(plane, axis).subarray(first[axis], first[axis] + side));
  const offsets = shape.map(() => 0);
  let at = 0;
  const walk = (axis) => {
    for (const offset of away[axis]) {
      offsets[axis] = offset;
      if (axis < shape.length - 1) walk(axis + 1);
      else call(offsets, at++);
    }
  };
  walk(0);
}

/** The same with the Euclidean distance of each pixel, px. @param {(distance: number, at: number) => void} call */
export function forDistances(plane, first, shape, call) {
  forPixels(plane, first, shape, (offsets, at) => {
    let sum = 0;
    for (const offset of offsets) sum += offset * offset;
    call(Math.sqrt(sum), at);
  });
}

/** All pixels of a box given by its first and last along every axis. */
function pixelsOf(ranges) {
  return ranges.reduce(
    (found, [first, last]) =>
      found.flatMap((pixel) => Array.from({ length: last - first + 1 }, (_, i) => [...pixel, first + i])),
    [[]],
  );
}
