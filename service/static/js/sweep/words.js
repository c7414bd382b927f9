// What the sweep view says of networks, fits and costs, as the reports say it.
import { duration, number, percent } from "../format.js";

const LAWS = { sqrt: "√N", linear: "N" };

/** The boundary in px, or where it lies instead. */
export function boundaryWords({ boundary, boundary_px: at, distances: [low, high], interval_px: interval }) {
  if (boundary === "found" && at !== null) {
    return `${number(at, 1)} px${interval ? ` (${number(interval[0], 1)}–${number(interval[1], 1)})` : ""}`;
  }
  if (boundary === "below") return `below ${low} px: not even that is learnt`;
  return boundary === "above" ? `above ${high} px: even that is learnt` : "open: too few trainings";
}

/** `1.20 + 2.93 ± 0.05 · √N, R² 0.982`. */
export function fitWords({ kind, slope, intercept, slope_error: error, r2 }) {
  const start = intercept ? `${number(intercept)} + ` : "";
  const tail = r2 === undefined || r2 === null ? "" : `, R² ${number(r2, 3)}`;
  return `${start}${number(slope, 3)}${error ? ` ± ${number(error, 2)}` : ""} · ${LAWS[kind]}${tail}`;
}

/** How many trainings, how long, and what the plain grid would have cost beside them. */
export function costWords(cost) {
  const { trainings, step_pixels: pixels, grid_trainings: grid, grid_step_pixels: gridPixels, seconds } = cost;
  const counted = `${number(trainings, 0)} trainings in ${duration(seconds)}`;
  if (!gridPixels || !pixels) return `${counted}.`;
  const share = pixels / gridPixels;
  const less = share < 1 / 1.05 ? `, ${number(1 / share, share > 0.1 ? 1 : 0)} times less` : "";
  return `${counted}: ${percent(share)} of the step-pixels of the plain grid of ${number(grid, 0)} trainings${less}.`;
}

/** One training, in words. */
export function runWords({ seed, accuracy, steps, status, cause }) {
  const how = { solved: "solved", ended: "to the end", failed: "failed" }[status];
  const why = cause ? `: ${cause}` : "";
  const right = accuracy === null ? "no accuracy" : percent(accuracy);
  return `seed ${seed}, ${right}, ${number(steps, 0)} steps, ${how}${why}`;
}

/** A cell of the map, in words. */
export function cellWords(row, distance, cell) {
  const where = `${row.network}, ${distance} px`;
  if (!cell) return `${where}: not trained`;
  const failed = cell.failed ? `, ${cell.failed} failed` : "";
  const runs = `${cell.runs.length} ${cell.runs.length === 1 ? "training" : "trainings"}${failed}`;
  return cell.mean === null ? `${where}: ${runs}` : `${where}: accuracy ${percent(cell.mean)}, ${runs}`;
}
