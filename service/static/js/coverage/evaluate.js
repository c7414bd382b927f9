// A coverage check in the page: the verdict of a policy over the rows of coverage.objects.npz, by the rules of
// rfengine.coverage.check. Pure functions; a slider calls them at every step.
import { BINDINGS, isMeasured, judge } from "./judge.js";
import { requiredOf } from "./policy.js";
import { refusalsOf } from "./refusals.js";

/**
 * @param {object} rows see `rowsOf`
 * @param {object[]} heads of the report, finest first
 * @param {object} policy as a job's request has it; objects, input and assign are those that the rows were made by
 * @param {number[]} canvas height and width of the network's input, px
 * @returns {object} `verdict`, `covered`, `objects`, `share`, `required`, `margin`, `binding`, `heads`, `bins` and
 *   `failures` as a report has them (without messages); `found`: the columns of `judge`; `refused`: why the engine
 *   takes no such policy, in words; `unmeasured`: heads judged without the effective field that is asked of them
 */
export function evaluate(rows, heads, policy, canvas) {
  const required = heads.map(({ name }) => requiredOf(policy, name));
  const found = judge(rows, heads, required);
  const counts = countsOf(rows, found, policy, heads.length);
  const bins = counts.bins(null).map((bin) => ({ ...bin, required: policy.require.bins?.[bin.name] ?? null }));
  const total = counts.part(null, null);
  const share = total.covered / total.objects;
  const result = {
    ...total,
    share,
    required: policy.require.covered ?? 1,
    margin: counts.margins.all,
    heads: heads.map((head, place) => headOf(head, place, required[place], counts)),
    bins,
    found,
  };
  const failures = [...failuresOf(result, policy)];
  const judged = result.heads.map((head) => ({ ...head, verdict: verdictOf(head, failures, result.required) }));
  const refused = [...refusalsOf(rows, result, required, policy, canvas)];
  const lacking = heads.filter((head, place) => required[place].erf && !isMeasured(head, required[place]));
  const unmeasured = lacking.map(({ name }) => name);
  return { ...result, heads: judged, failures, refused, unmeasured, verdict: failures.length ? "fail" : "pass" };
}

/** Side of the smallest and of the largest square object that a head may cover, px; null: no limit. */
export function limitsOf(head, required) {
  const { trf, stride, erf_side: side, global_context: context } = head;
  const { trf: field, erf, stride: most } = required;
  const largest = [];
  if (field && !(field.global_context === "whole" && context.length)) {
    const room = trf.map((size, axis) => size - 2 * field.margin_px - (field.off_centre ? stride[axis] : 0));
    largest.push(Math.max(0, Math.min(...room) / field.at_least));
  }
  if (isMeasured(head, required)) largest.push(Math.max(0, (side - 2 * erf.margin_px) / erf.at_least));
  return {
    smallest_px: most ? Math.max(...stride) / most.at_most : null,
    largest_px: largest.length ? Math.min(...largest) : null,
  };
}

// Objects by head (the last: none), size bin and what binds (the first: covered), and how near the nearest miss is.
function countsOf(rows, { head, binding, look, ratio, best }, policy, heads) {
  // Names such as "2" come before all others in an object, whatever their edges.
  const ordered = Object.entries(policy.bins).sort(([, a], [, b]) => (a ?? Infinity) - (b ?? Infinity));
  const names = ordered.map(([name]) => name);
  const edges = Float64Array.from(ordered.slice(0, -1), ([, edge]) => edge);
  const codes = BINDINGS.length + 1;
  const cells = new Float64Array((heads + 1) * names.length * codes);
  const least = new Float64Array(heads + 1).fill(Infinity);
  let nearest = Infinity;
  for (let row = 0; row < head.length; row += 1) {
    const { height, width } = rows.looks[look[row]];
    const square = height[row] * width[row];
    let bin = 0;
    while (bin < edges.length && Math.sqrt(square) >= edges[bin]) bin += 1;
    const own = head[row] < 0 ? heads : head[row];
    cells[(own * names.length + bin) * codes + binding[row] + 1] += rows.count[row];
    if (own === heads) continue;
    if (ratio[row] < least[own]) least[own] = ratio[row];
    if (best[row] < nearest) nearest = best[row];
  }
  const margins = { all: marginOf(nearest), heads: [...least].map(marginOf) };
  const part = (ofHead, ofBin) => {
    const sums = new Float64Array(codes);
    cells.forEach((count, at) => {
      const place = Math.floor(at / codes);
      if (ofHead !== null && Math.floor(place / names.length) !== ofHead) return;
      if (ofBin === null || place % names.length === ofBin) sums[at % codes] += count;
    });
    return partOf(sums);
  };
  const bins = (ofHead) => names.map((name, bin) => {
    const { objects, covered, uncovered, binding: binds } = part(ofHead, bin);
    const share = objects ? covered / objects : null;
    return { name, from_px: bin ? edges[bin - 1] : 0, to_px: edges[bin] ?? null, objects, covered, uncovered, share,
      binding: binds };
  });
  return { part, bins, margins };
}

function partOf([covered, ...others]) {
  const uncovered = others.reduce((a, b) => a + b, 0);
  const binding = Object.fromEntries(BINDINGS.map((name, code) => [name, others[code]]).filter(([, count]) => count));
  return { objects: covered + uncovered, covered, uncovered, binding };
}

function headOf(head, place, required, counts) {
  const part = counts.part(place, null);
  const share = part.objects ? part.covered / part.objects : null;
  const margin = counts.margins.heads[place];
  return { ...head, ...part, share, margin, ...limitsOf(head, required), require: required, bins: counts.bins(place) };
}

// Least of has / needed, less 1, to the digits that a report has; null where nothing bounds it.
function marginOf(least) {
  return Number.isFinite(least) ? Math.round((least - 1) * 1e6) / 1e6 : null;
}

function* failuresOf({ share, required, heads, bins }, policy) {
  if (share < required) yield { code: "covered", head: null, bin: null, has: share, needed: required };
  for (const head of heads) {
    const needed = policy.per_head?.[head.name]?.covered ?? null;
    if (needed === null || head.share === null || head.share >= needed) continue;
    yield { code: "head-covered", head: head.name, bin: null, has: head.share, needed };
  }
  for (const bin of bins) {
    if (bin.required === null || bin.share === null || bin.share >= bin.required) continue;
    yield { code: "bin-covered", head: null, bin: bin.name, has: bin.share, needed: bin.required };
  }
  for (const head of heads) {
    const needed = head.require.clipped;
    if (needed === null || head.clipped_share <= needed) continue;
    yield { code: "clipped", head: head.name, bin: null, has: head.clipped_share, needed };
  }
}

function verdictOf(head, failures, required) {
  if (failures.some((failure) => failure.head === head.name)) return "fail";
  if (head.share === null) return "unused";
  if (head.share >= required) return "pass";
  return failures.some(({ code }) => code === "covered") ? "fail" : "partial";
}
