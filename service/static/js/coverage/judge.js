// Books every object to a head, by the engine's rules (rfengine.coverage.book): the finest head that answers for it and
// covers it, else the one that comes nearest. It runs at every step of a slider: plain loops over typed arrays.

/** What can keep an object from being covered; its place is the code in columns, -1 where nothing does. */
export const BINDINGS = ["trf", "erf", "stride", "cut", "no_head"];
const [TRF, ERF, STRIDE, CUT, NO_HEAD] = BINDINGS.keys();
const COVERED = -1;
// What differs by rounding alone is met: sizes come as float32.
const ENOUGH = 1 - 1e-6;

/**
 * @param {object} rows see `rowsOf`
 * @param {object[]} heads of the report, finest first
 * @param {object[]} required of each of them: `trf`, `erf` and `stride` of a policy, null where not asked for
 * @returns columns, one entry per row: `head` (place, -1: none answers), `binding` (code), `ratio` (least has / needed
 *   at that head), `best` (the largest such over all heads that answer), `look` (the way of looking it was found by)
 */
export function judge(rows, heads, required) {
  const rules = heads.map((head, place) => ruleOf(head, required[place]));
  const { length } = rows.count;
  const found = {
    head: new Int8Array(length).fill(-1),
    binding: new Int8Array(length).fill(NO_HEAD),
    ratio: new Float64Array(length),
    best: new Float64Array(length),
    look: new Uint8Array(length),
  };
  for (const [look, columns] of rows.looks.entries()) {
    rules.forEach((rule, place) => tryHead(rule, place, columns, look, found));
  }
  return found;
}

// A head and what is required of it as plain numbers: what is not required of it is had without end.
function ruleOf(head, required) {
  const { trf, stride, erf_side: side, global_context: context } = head;
  const { trf: field, erf, stride: most } = required;
  const seesAll = field?.global_context === "whole" && context.length > 0;
  const extra = (axis) => (field ? 2 * field.margin_px + (field.off_centre ? stride[axis] : 0) : 0);
  const isAsked = isMeasured(head, required);
  return {
    first: field ? TRF : isAsked ? ERF : STRIDE,
    fields: [0, 1].map((axis) => (field && !seesAll ? trf[axis] : Infinity)),
    times: field?.at_least ?? 1,
    beside: [extra(0), extra(1)],
    side: isAsked ? side : Infinity,
    sideTimes: isAsked ? erf.at_least : 1,
    sideBeside: isAsked ? 2 * erf.margin_px : 0,
    fineness: [0, 1].map((axis) => (most ? most.at_most / stride[axis] : Infinity)),
  };
}

/** Whether the effective field that is required of a head is the one that the job measured. */
export function isMeasured({ erf_side: side, erf_energy: energy }, { erf }) {
  return Boolean(erf) && side !== null && energy === erf.energy;
}

// Books to a head those of its objects that none before it covers, and that it covers or comes nearer to.
function tryHead(rule, place, { height, width, whole, candidates }, look, found) {
  const { head, binding, ratio, best } = found;
  const { first, times, side, sideTimes, sideBeside } = rule;
  const [[high, wide], [above, beside], [steep, fine]] = [rule.fields, rule.beside, rule.fineness];
  for (let row = 0; row < head.length; row += 1) {
    if (!((candidates[row] >>> place) & 1)) continue;
    const y = height[row];
    const x = width[row];
    const share = whole[row];
    // Of several requirements the one that is worst off; of equals the first.
    let near = Math.min(high / (y * times + above), wide / (x * times + beside));
    let code = first;
    const inside = side / (Math.max(y, x) * sideTimes + sideBeside);
    if (inside < near) {
      near = inside;
      code = ERF;
    }
    const large = Math.min(y * steep, x * fine);
    if (large < near) {
      near = large;
      code = STRIDE;
    }
    if (share < 1 && share < near) {
      near = share;
      code = CUT;
    }
    if (near > best[row]) best[row] = near;
    if (binding[row] === COVERED) continue;
    const covers = near >= ENOUGH;
    if (!covers && head[row] >= 0 && near * ENOUGH <= ratio[row]) continue;
    head[row] = place;
    binding[row] = covers ? COVERED : code;
    ratio[row] = near;
    found.look[row] = look;
  }
}
