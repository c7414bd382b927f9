// The heads of a detector: targets at several strides, finest first; and the chips that choose one.
import { sides } from "../format.js";
import { html } from "../html.js";
import { guaranteedSize, headName } from "../lib/field.js";
import { ancestorsOf, sizeOf, tensorOf } from "./network.js";

const COLOURS = 6;

/**
 * The ways to look at the heads of a network at once.
 * @returns {Array<{key: string, label: string, heads: Array<{name, tensor, stride, size, least, colour}>}>}
 *   `least`: what every unit sees at least, px; none where all targets have one stride
 */
export function headSetsOf(report, network, input) {
  const targets = report.targets.filter((name) => name in network.tensors);
  const groups = grouped(targets, network, input);
  const sets = groups.length > 1 ? setsOf(groups, network, input) : [];
  const policy = policyHeads(report, network, input);
  return policy.length > 1 ? [{ key: "policy", label: "Heads of the policy", heads: policy }, ...sets] : sets;
}

// The maps that predictions are made from come first, what is predicted from them last.
function setsOf(groups, network, input) {
  const pick = (key, label, choose) => ({
    key,
    label,
    heads: groups.map((names, place) => headOf(network, choose(names), place, input)),
  });
  const first = pick("maps", "Feature maps", (names) => names[0]);
  const size = (name) => `${sizeOf(network, name, input)}`;
  if (groups.every((names) => size(names[0]) === size(names.at(-1)))) return [first];
  const last = pick("outputs", "Predictions", (names) => names.at(-1));
  const follows = groups.some((names) => names.length > 1 && ancestorsOf(network, names.at(-1)).has(names[0]));
  return follows ? [first, last] : [{ ...last, label: "Heads" }];
}

function policyHeads(report, network, input) {
  const heads = (report.coverage?.heads ?? []).filter(({ tensors }) => tensors[0] in network.tensors);
  return heads.map(({ name, tensors }, place) => headOf(network, tensors[0], place, input, name));
}

function headOf(network, tensor, place, input, name = null) {
  const field = tensorOf(network, tensor, input);
  const { stride, size } = field;
  const colour = `var(--head-${(place % COLOURS) + 1})`;
  return { name: name ?? headName(stride), tensor, stride, size, least: guaranteedSize(field), colour };
}

function grouped(targets, network, input) {
  const groups = new Map();
  for (const name of network.names) {
    if (!targets.includes(name)) continue;
    const key = `${tensorOf(network, name, input).stride.map(Math.abs)}`;
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  const area = (key) => key.split(",").reduce((product, side) => product * Number(side), 1);
  return [...groups].sort(([a], [b]) => area(a) - area(b)).map(([, names]) => names);
}

/** Chips: all heads at once, or one of them. */
export function HeadChips({ set, chosen, choose }) {
  if (!set) return null;
  return html`<div class="head-chips row" role="group" aria-label="Heads">
    <button class="chip" aria-pressed=${chosen === null} onClick=${() => choose(null)}>All heads</button>
    ${set.heads.map((head) => html`<button class="chip head" key=${head.tensor} aria-pressed=${chosen === head.tensor}
      title=${head.tensor} style=${{ "--c": head.colour }} onClick=${() => choose(head.tensor)}>
      <span class="dot"></span><strong>${head.name}</strong>
      <span class="muted">stride ${sides(head.stride)}</span> <span>${sides(head.size)} px</span></button>`)}
  </div>`;
}

/** Which tensors stand for the heads, where there is a choice. */
export function SetChoice({ sets, set, choose }) {
  if (sets.length < 2) return null;
  return html`<div class="segments" role="group" aria-label="Which tensors stand for the heads">
    ${sets.map(({ key, label }) => html`<button key=${key} aria-pressed=${key === set.key}
      onClick=${() => choose(key)}>${label}</button>`)}
  </div>`;
}
