// A report leaves out what is null; here it is put back, so that the view asks for one thing only.

const HEAD = { erf_side: null, erf_energy: null, largest_px: null, smallest_px: null, share: null, margin: null };
const BIN = { to_px: null, share: null, required: null };
const WORST = { image: null, label: null, annotation: null, box: null, image_size: null, head: null, has_px: null,
  needed_px: null };

/** The check of a report with all its keys. */
export function completed(coverage) {
  const bins = (some) => some.map((bin) => ({ ...BIN, ...bin }));
  return {
    estimator: null,
    margin: null,
    baseline: null,
    ...coverage,
    heads: coverage.heads.map((head) => ({ ...HEAD, ...head, bins: bins(head.bins) })),
    bins: bins(coverage.bins),
    worst: coverage.worst.map((each) => ({ ...WORST, ...each })),
  };
}
