// A sweep's report as the view needs it: what a report leaves out because it is null is put back, cells are counted.

const ROW = { depth: null, boundary_px: null, interval_px: null, width_px: null, failures: null, radii: null };
const RADII = { trf: null, three_sqrt_depth: null, constant_forward: null, closed_form: null, clt: null };
const RUN = { accuracy: null, cause: null, loss: null };
const SIZES = { radius_px: null, energy_side_95: null, artifact: null };

/** What theory says of a network's reach, by the key of a row's `radii`. */
export const ESTIMATORS = {
  trf: "theoretical field",
  three_sqrt_depth: "3 √N",
  constant_forward: "constant-forward",
  closed_form: "closed form",
  clt: "central limit theorem",
};

/** The networks, shallow ones first; those without a depth last, as they came. */
export function rowsOf(sweep) {
  const rows = sweep.rows.map((row) => ({
    ...ROW,
    ...row,
    radii: row.radii ? { ...RADII, ...row.radii } : null,
    runs: (row.runs ?? []).map((run) => ({ ...RUN, ...run })),
    grown: (row.grown ?? []).map(completed),
  }));
  return rows.sort((a, b) => (a.depth ?? Infinity) - (b.depth ?? Infinity));
}

function completed(grown) {
  const [before, after] = [grown.before, grown.after].map((sizes) => ({ ...SIZES, ...sizes }));
  return { accuracy: null, maps: null, ...grown, before, after };
}

/**
 * The trainings of a network by their distance.
 * @returns {Map<number, { distance, runs, mean, failed }>} `mean`: accuracy over the runs that have one, null where
 *   none has; `failed`: how many have none
 */
export function cellsOf(row) {
  const cells = new Map();
  for (const run of row.runs) {
    const cell = cells.get(run.distance_px) ?? { distance: run.distance_px, runs: [] };
    cell.runs.push(run);
    cells.set(run.distance_px, cell);
  }
  for (const cell of cells.values()) {
    const known = cell.runs.map(({ accuracy }) => accuracy).filter((accuracy) => accuracy !== null);
    cell.mean = known.length ? known.reduce((a, b) => a + b) / known.length : null;
    cell.failed = cell.runs.length - known.length;
  }
  return cells;
}

/** Distances of all networks, px: everything that was searched or trained, and every boundary. */
export function distancesOf(rows) {
  const all = rows.flatMap((row) => [...row.distances, ...row.runs.map((run) => run.distance_px)]);
  return [Math.min(...all), Math.max(...all)];
}

/** The last distance worth showing: the farthest that is trained, with room for boundaries and radii near it. */
export function shownTo(rows) {
  const trained = rows.flatMap((row) => row.runs.map((run) => run.distance_px));
  const ends = rows.flatMap(({ interval_px: interval, boundary_px: at }) => [interval?.[1] ?? at ?? 0]);
  const [low, high] = distancesOf(rows);
  return trained.length ? Math.min(high, Math.max(...trained, ...ends.map(Math.ceil), low + 5)) : high;
}

/** Accuracy by the fit, of trainings that do not fail; null where there is none. */
export function logisticOf({ boundary_px: at, width_px: width }) {
  if (at === null || width === null) return null;
  // A fit without a width is a step.
  return (distance) => 0.5 + 0.5 / (1 + Math.exp(Math.min(60, Math.max(-60, (distance - at) / Math.max(width, 1e-3)))));
}
