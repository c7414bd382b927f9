// A measured map as colours and as lines of equal energy. Maps are amplitudes, px by px, cropped to what is not zero.
import { contours } from "../../vendor/d3.js";

/** Shares of a map's sum that are drawn as lines. */
export const LEVELS = [0.5, 0.9, 0.95, 0.99];

// From purple by red to yellow, lightness rising evenly (after matplotlib's inferno, without its black end).
const RAMP = [
  [87, 16, 110], [120, 28, 109], [152, 39, 101], [183, 53, 85], [209, 71, 64],
  [230, 93, 47], [244, 121, 24], [250, 152, 12], [249, 186, 39], [243, 222, 84],
];
const COVERED = 0.76; // opacity at the maximum
const STEPS = 255;
const SMOOTHED = 0.02; // radius of one mean, as a share of the map's side
const MOST_CELLS = 360000; // contours of finer maps are drawn on blocks of pixels

/**
 * The plane of a map that the stage shows.
 * @param {object} arrays of the .npz: `map`, `origin`, `centre`
 * @returns {{ values, rows, columns, x, y }} with the place of the first pixel on the canvas; of three axes the slice
 *   through the unit's centre, of one a single row
 */
export function planeOf({ map, origin, centre }) {
  const [columns] = map.shape.slice(-1);
  const rows = map.shape.length > 1 ? map.shape.at(-2) : 1;
  const slice = map.shape.length === 3 ? clamp(Math.floor(centre.data[0]) - origin.data[0], map.shape[0] - 1) : 0;
  const values = map.data.subarray(slice * rows * columns, (slice + 1) * rows * columns);
  const [y, x] = rows > 1 || map.shape.length > 1 ? origin.data.slice(-2) : [0, origin.data[0]];
  return { values, rows, columns, x, y };
}

/** The map as an address of a picture: square root of the share of the maximum; the more, the less transparent. */
export function pictureOf({ values, rows, columns }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const most = values.reduce((a, b) => Math.max(a, b), 0) || 1;
  const shades = [...Array(STEPS + 1).keys()].map((at) => shadeOf(at / STEPS));
  for (let i = 0; i < values.length; i += 1) {
    image.data.set(shades[Math.round(STEPS * Math.sqrt(Math.max(values[i], 0) / most))], 4 * i);
  }
  context.putImageData(image, 0, 0);
  return canvas.toDataURL();
}

function shadeOf(step) {
  return Uint8ClampedArray.from([...colourOf(step), 255 * COVERED * Math.min(1, 1.6 * step)]);
}

/** Red, green and blue, 0 to 255, for 0 to 1. */
export function colourOf(step) {
  const at = clamp(step, 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  return RAMP[low].map((from, i) => from + (RAMP[low + 1][i] - from) * (at - low));
}

/** The least value of the largest pixels that hold a share of the sum, for each share. */
export function thresholdsOf(values, shares = LEVELS) {
  const sorted = Float32Array.from(values).sort().reverse();
  const total = sorted.reduce((sum, value) => sum + value, 0);
  let at = 0;
  let sum = 0;
  return shares.map((share) => {
    while (at < sorted.length && sum < share * total) sum += sorted[at++];
    return sorted[Math.max(at - 1, 0)];
  });
}

/**
 * Lines around those shares, of the map smoothed a little: measured maps are rough, and their own lines a thicket.
 * @returns {{ smoothed: number, lines: Array<{ share, path }> }} `smoothed`: standard deviation, px; paths are in px of
 *   the canvas; no lines for a map of one row
 */
export function linesOf(plane, shares = LEVELS) {
  if (plane.rows < 2 || plane.columns < 2) return { smoothed: 0, lines: [] };
  const coarse = blocks(plane, Math.ceil(Math.sqrt(plane.values.length / MOST_CELLS)));
  const radius = Math.round(SMOOTHED * Math.sqrt(coarse.values.length));
  const smooth = { ...coarse, values: blurred(coarse, radius) };
  const thresholds = thresholdsOf(smooth.values, shares);
  const grid = padded(smooth);
  const draw = contours().size([grid.columns, grid.rows]);
  const place = ([x, y]) => `${round((x - 1) * grid.side + plane.x)} ${round((y - 1) * grid.side + plane.y)}`;
  const lines = shares.map((share, i) => {
    const rings = draw.contour(grid.values, thresholds[i]).coordinates.flat();
    const longest = Math.max(0, ...rings.map((ring) => ring.length));
    const kept = rings.filter((ring) => ring.length > longest / 8);
    return { share, path: kept.map((ring) => `M${ring.map(place).join("L")}Z`).join("") };
  });
  return { smoothed: grid.side * Math.sqrt(radius * (radius + 1)), lines };
}

// Three means over (2 radius + 1)^2 cells, about a Gaussian; at the edge over the cells that there are.
function blurred({ values, rows, columns }, radius) {
  let now = Float64Array.from(values);
  if (radius < 1) return now;
  for (let pass = 0; pass < 3; pass += 1) {
    now = averaged(now, rows, columns, columns, 1, radius);
    now = averaged(now, columns, rows, 1, columns, radius);
  }
  return now;
}

// Means along lines of `count` cells, `step` apart; the lines begin `stride` apart.
function averaged(values, lines, count, stride, step, radius) {
  const means = new Float64Array(values.length);
  const sums = new Float64Array(count + 1);
  for (let line = 0; line < lines; line += 1) {
    const start = line * stride;
    for (let i = 0; i < count; i += 1) sums[i + 1] = sums[i] + values[start + i * step];
    for (let i = 0; i < count; i += 1) {
      const [from, to] = [Math.max(0, i - radius), Math.min(count, i + radius + 1)];
      means[start + i * step] = (sums[to] - sums[from]) / (to - from);
    }
  }
  return means;
}

// Means over blocks of side x side pixels; incomplete blocks at the end are left out.
function blocks({ values, rows, columns }, side) {
  if (side <= 1) return { values, rows, columns, side: 1 };
  const [height, width] = [Math.floor(rows / side), Math.floor(columns / side)];
  const means = new Float32Array(height * width);
  for (let y = 0; y < height * side; y += 1) {
    const row = Math.floor(y / side) * width;
    for (let x = 0; x < width * side; x += 1) means[row + Math.floor(x / side)] += values[y * columns + x] / side ** 2;
  }
  return { values: means, rows: height, columns: width, side };
}

// A ring of zeros, so that lines close at the edge of the map.
function padded({ values, rows, columns, side }) {
  const wide = columns + 2;
  const more = new Float32Array((rows + 2) * wide);
  for (let y = 0; y < rows; y += 1) more.set(values.subarray(y * columns, (y + 1) * columns), (y + 1) * wide + 1);
  return { values: more, rows: rows + 2, columns: wide, side };
}

function clamp(value, most) {
  return Math.max(0, Math.min(value, most));
}

function round(value) {
  return Math.round(value * 100) / 100;
}
