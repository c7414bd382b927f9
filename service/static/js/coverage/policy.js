// Policies as plain data: what is asked of a head, changed step by step, and written out. The rules are those of
// api_schemas.policy.

/** Requirements that objects are measured by. */
export const MEASURES = ["trf", "erf", "stride"];
const OF_HEADS = [...MEASURES, "clipped"];

/** What a requirement that is switched on begins with, every key of it. */
export const BEGINNINGS = {
  trf: { at_least: 1, margin_px: 0, off_centre: false, global_context: "local", upper_bound: "refuse" },
  erf: { at_least: 1, energy: 95, estimator: "gradient", margin_px: 0 },
  stride: { at_most: 1 },
  clipped: 0.5,
  covered: 1,
};
// Values that a file need not say.
const UNSAID = {
  off_centre: false, global_context: "local", upper_bound: "refuse", margin_px: 0, energy: 95, upscale: true,
  ignore_crowd: true, smallest_px: 0, worst: 20,
};

/** What is required of a head: its own where given, else what is required of all; `covered` is its own only. */
export function requiredOf(policy, head) {
  const own = policy.per_head?.[head] ?? {};
  const found = Object.fromEntries(OF_HEADS.map((key) => [key, own[key] ?? policy.require[key] ?? null]));
  return { ...found, covered: own.covered ?? null };
}

/** The policy with one requirement put, or taken away where the value is null. @param {string | null} head null: all */
export function withRule(policy, head, key, value) {
  if (head === null) return { ...policy, require: { ...policy.require, [key]: value } };
  const own = cleaned({ ...policy.per_head?.[head], [key]: value });
  const { [head]: _, ...others } = policy.per_head ?? {};
  return { ...policy, per_head: Object.keys(own).length ? { ...others, [head]: own } : others };
}

/** The policy with the least share of a size bin, or without where it is null. */
export function withBin(policy, bin, share) {
  const { [bin]: _, ...others } = policy.require.bins ?? {};
  return { ...policy, require: { ...policy.require, bins: share === null ? others : { ...others, [bin]: share } } };
}

/** The part of a policy that the page changes, as text for an address; null where nothing differs from `original`. */
export function changesOf(policy, original) {
  const part = ({ require, per_head: own }) => JSON.stringify(sorted(cleaned({ require, per_head: own ?? {} })));
  return part(policy) === part(original) ? null : part(policy);
}

/** The policy with the changes of an address; the original where these are none that can be read. */
export function withChanges(original, text) {
  if (!text) return original;
  try {
    const { require, per_head: own = {} } = JSON.parse(text);
    const whole = Object.fromEntries(Object.entries(own).map(([head, rules]) => [head, filled(rules)]));
    return { ...original, require: { ...filled(require), bins: shares(require.bins) }, per_head: whole };
  } catch {
    return original;
  }
}

/** The policy as a file has it: without what is left at its default. */
export function written({ bins, ...policy }) {
  const found = withoutUnsaid(cleaned(policy));
  return bins ? { ...found, bins } : found;
}

/** Without nulls and empty values. */
function cleaned(value) {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).map(([key, each]) => [key, cleaned(each)]);
  return Object.fromEntries(kept.filter(([, each]) => each !== null && !isEmpty(each)));
}

function isEmpty(value) {
  return typeof value === "object" && Object.keys(value).length === 0;
}

function withoutUnsaid(value) {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).filter(([key, each]) => !(key in UNSAID) || UNSAID[key] !== each);
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutUnsaid(each)]));
}

// One spelling for equal policies, whatever the order of their keys.
function sorted(value) {
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

// Rules from an address with every key that they have; throws where a value is not of its kind.
function filled(rules) {
  const found = Object.entries(BEGINNINGS).filter(([key]) => key in rules).map(([key, first]) => {
    const given = rules[key];
    const whole = typeof first === "number" ? given : { ...first, ...given };
    const pairs = typeof first === "number" ? [[first, whole]]
      : Object.keys(first).map((each) => [first[each], whole[each]]);
    if (pairs.some(([wanted, value]) => typeof value !== typeof wanted)) throw new TypeError(`${key}: ${given}`);
    return [key, whole];
  });
  return Object.fromEntries(found);
}

function shares(bins = {}) {
  if (Object.values(bins).some((share) => typeof share !== "number")) throw new TypeError(`bins: ${bins}`);
  return bins;
}
