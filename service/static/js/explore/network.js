// The network as the explorer goes through it: its tensors in order, how deep each is, what it is made from.
import { alongInput, inputsOf } from "../lib/field.js";

/**
 * @param {object} report with `analytic`
 * @returns {object} `tensors`: by name; `names`: in the order of computation; `byDepth`: the same by depth; `depth`: of
 *   each, in tensors from the input; `parents`: names by name; `source`: what fields are relative to; null: the input
 */
export function networkOf(report) {
  const { tensors, source = null } = report.analytic;
  const names = Object.keys(tensors);
  const parents = new Map();
  const depth = new Map();
  let before = 0;
  for (const name of names) {
    const read = Object.keys(tensors[name].reads ?? {});
    const known = read.filter((each) => parents.has(each));
    parents.set(name, known);
    // What lies behind tensors that are no feature maps is as deep as what was computed before it.
    const above = known.length ? Math.max(...known.map((each) => depth.get(each))) : read.length ? 0 : before;
    before = above + 1;
    depth.set(name, before);
  }
  const byDepth = [...names].sort((a, b) => depth.get(a) - depth.get(b));
  return { tensors, names, byDepth, depth, parents, source, shapes: report.model?.inputs ?? {} };
}

/** All that a tensor is made from, itself among it. */
export function ancestorsOf(network, name) {
  const found = new Set([name]);
  for (const each of found) network.parents.get(each)?.forEach((parent) => found.add(parent));
  return found;
}

/** A tensor by name with its field of an input on it, and `name`, `input`, `canvas`: the input's size, px per axis. */
export function tensorOf(network, name, input) {
  const raw = network.tensors[name];
  const seen = inputsOf(raw);
  const chosen = seen.includes(input) ? input : seen[0];
  const tensor = alongInput(raw, chosen);
  return { ...tensor, name, input: chosen, canvas: canvasOf(network, tensor, chosen) };
}

/** The size of a tensor along an input, one number per axis. */
export function sizeOf(network, name, input) {
  const raw = network.tensors[name];
  return (raw.by_input?.[input] ?? Object.values(raw.by_input ?? { only: raw })[0]).size;
}

// Inputs are [batch, channels, spatial ...]; what is no image has another number of axes. Of a source within the
// network the report has no size: it is taken to be as wide as what is made from it first.
function canvasOf({ tensors, names, source, shapes }, tensor, input) {
  const rank = tensor.axes.length;
  const shape = shapes[input] ?? Object.values(shapes).find((each) => each.length === rank + 2);
  if (shape && !source) return shape.slice(2);
  const { units, stride } = alongInput(tensors[names[0]], input);
  return units.map((count, axis) => Math.round(count * Math.abs(stride[axis])));
}
