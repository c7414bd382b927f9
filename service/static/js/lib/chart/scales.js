// From data to scales: domains, ticks and the words on them.
import { scaleLinear, scaleLog } from "../../../vendor/d3.js";

const POWERS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/**
 * A scale over what is shown.
 * @param {object} axis `kind`: "linear" or "log"; `values`: everything that has to fit; `fixed`: `[low, high]`, null
 *   where the data decide; `range`: px
 */
export function scaleOf({ kind, values, fixed = [null, null], range }) {
  const isLog = kind === "log";
  const [low, high] = extentOf(values.filter((value) => isDrawn(value, isLog)), isLog);
  const domain = [fixed[0] ?? low, fixed[1] ?? high];
  if (!(domain[1] > domain[0])) domain[1] = isLog ? domain[0] * 10 : domain[0] + 1;
  const scale = (isLog ? scaleLog() : scaleLinear()).domain(domain).range(range);
  if (fixed[0] === null && fixed[1] === null && !isLog) scale.nice();
  else if (fixed[1] === null && !isLog) scale.domain([domain[0], scale.copy().nice().domain()[1]]);
  return Object.assign(scale, { isLog });
}

/** Whether a value has a place on the axis: on a logarithmic one, zero is a gap and not a depth. */
export function isDrawn(value, isLog) {
  return Number.isFinite(value) && (!isLog || value > 0);
}

/** Where to put ticks, with their words. @param {number} room how many fit */
export function ticksOf(scale, room) {
  if (scale.isLog) {
    const [low, high] = scale.domain().map(Math.log10);
    if (high - low >= 1.5) return powersOf(low, high, room);
    const linear = scaleLinear().domain(scale.domain());
    return linear.ticks(room).filter((at) => at > 0).map((at) => ({ at, label: brief(at) }));
  }
  const words = scale.tickFormat(room);
  return scale.ticks(room).map((at) => ({ at, label: words(at) }));
}

/** A number in few digits: 0.0123, 3.5, 1.2×10⁻⁶. */
export function brief(value, digits = 4) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) {
    const [factor, exponent] = value.toExponential(digits - 2).split("e");
    return `${Number(factor)}×${power(Number(exponent))}`;
  }
  return value.toLocaleString("en", { maximumSignificantDigits: digits, useGrouping: size >= 1e4 });
}

function powersOf(low, high, room) {
  const step = Math.max(1, Math.ceil((high - low) / room));
  const first = Math.ceil(low / step - 1e-9) * step;
  const found = [];
  for (let exponent = first; exponent <= high + 1e-9; exponent += step) {
    const at = 10 ** exponent;
    found.push({ at, label: Math.abs(exponent) <= 3 ? `${Number(at.toPrecision(1))}` : power(exponent) });
  }
  return found;
}

function power(exponent) {
  const digits = [...`${Math.abs(exponent)}`].map((digit) => POWERS[digit]).join("");
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}

function extentOf(values, isLog) {
  if (!values.length) return isLog ? [0.1, 1] : [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  if (low === high) return isLog ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
  return [low, high];
}
