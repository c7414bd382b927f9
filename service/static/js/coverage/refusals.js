// Why the engine would take no such policy, so that the page says it before the service is asked.
import { MEASURES } from "./policy.js";

/**
 * @param {object} rows see `rowsOf`
 * @param {object} result of `evaluate`: `heads`, `bins`, `objects`
 * @param {object[]} required of each head
 * @param {object} policy
 * @param {number[]} canvas height and width of the network's input, px
 * @yields {string} in words
 */
export function* refusalsOf(rows, { heads, bins, objects }, required, policy, canvas) {
  for (const [place, head] of heads.entries()) {
    if (MEASURES.every((key) => required[place][key] === null)) {
      yield `nothing is asked of ${head.name}, so that it would cover whatever it answers for; switch a rule on`;
    }
    if (required[place].trf?.upper_bound === "refuse" && head.trf_status === "upper_bound") {
      yield `the field of ${head.name} is an upper bound only; require erf or stride of it instead`;
    }
    if (policy.per_head?.[head.name]?.covered && head.share === null) {
      yield `a share is required of ${head.name}, to which no object goes; switch it off`;
    }
  }
  if (contradicted(rows, heads, required, canvas) > (1 - (policy.require.covered ?? 1)) * objects) {
    yield `clipping of 0 keeps every field inside the input of ${canvas[1]} × ${canvas[0]} px, and some objects need a
      larger one; no head can have both: allow clipping, or ask for less`;
  }
  const empty = bins.find((bin) => bin.required !== null && bin.share === null);
  if (empty) yield `a share is required of size ${empty.name} px, and no object is of that size; switch it off`;
}

// How many objects no head may cover: each that answers would need a field larger than the input, and may not clip.
function contradicted(rows, heads, required, canvas) {
  const isStrict = required.map(({ trf, clipped }) => trf !== null && clipped === 0);
  if (!isStrict.includes(true)) return 0;
  const answered = new Uint8Array(rows.count.length);
  const possible = new Uint8Array(rows.count.length);
  const longest = Math.max(...canvas);
  for (const { height, width, candidates } of rows.looks) {
    for (const [place, head] of heads.entries()) {
      const needed = isStrict[place] ? neededBy(head, required[place].trf) : () => 0;
      for (let row = 0; row < answered.length; row += 1) {
        if (!((candidates[row] >>> place) & 1)) continue;
        answered[row] = 1;
        if (needed(height[row], width[row]) <= longest) possible[row] = 1;
      }
    }
  }
  return rows.count.reduce((sum, count, row) => sum + (answered[row] && !possible[row] ? count : 0), 0);
}

// The field that an object needs along the axis that is worse off, px.
function neededBy({ trf, stride, global_context: context }, field) {
  const has = trf.map((size) => (field.global_context === "whole" && context.length ? Infinity : size));
  const [above, beside] = stride.map((step) => 2 * field.margin_px + (field.off_centre ? step : 0));
  return (height, width) => {
    const [high, wide] = [height * field.at_least + above, width * field.at_least + beside];
    return has[0] / high <= has[1] / wide ? high : wide;
  };
}
