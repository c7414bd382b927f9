// Numbers and words as the page shows them.

/** At most `digits` decimals, no trailing zeros; a dash for what is not known. */
export function number(value, digits = 2) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const options = { maximumFractionDigits: digits, useGrouping: Math.abs(value) >= 10000, signDisplay: "negative" };
  return value.toLocaleString("en", options);
}

/** Sizes along the axes, h before w: "35" where they are alike, else "35×17". */
export function sides(values, digits = 2) {
  const shown = values.map((value) => number(value, digits));
  return new Set(shown).size === 1 ? shown[0] : shown.join("×");
}

/** A share as percent, never rounded up to 100 nor down to 0. */
export function percent(share, digits = 1) {
  if (share === null || share === undefined) return "–";
  const shown = (share * 100).toFixed(digits);
  if (share < 1 && Number(shown) === 100) return `${(100 - 10 ** -digits).toFixed(digits)} %`;
  if (share > 0 && Number(shown) === 0) return `<${(10 ** -digits).toFixed(digits)} %`;
  return `${Number(shown)} %`;
}

/** Bytes in the unit that suits. */
export function bytes(count) {
  const units = ["B", "kB", "MB", "GB"];
  const at = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  return `${number(count / 1000 ** at, at ? 1 : 0)} ${units[at]}`;
}

/** How long ago, or how long it took, in words. @param {number} seconds */
export function duration(seconds) {
  if (seconds < 10) return `${number(seconds, 1)} s`;
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** What estimators and analyses are called. */
export const NAMES = {
  analytic: "Theoretical",
  constant_forward: "Constant-forward",
  gradient: "Gradient",
  closed_form: "Closed form",
  coverage: "Coverage",
  recommend: "Recommendations",
  sweep: "Sweep",
  study: "Study",
};

/** The file of an artifact without its extension. */
export function stem(name) {
  return name.replace(/\.[a-z0-9]+$/i, "");
}
