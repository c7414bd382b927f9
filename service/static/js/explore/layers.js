// A slider through the tensors by depth, and the keys [ and ].
import { sides } from "../format.js";
import { html, useEffect, useRef } from "../html.js";
import { sizeOf } from "./network.js";

/** `network`, the `name` that is shown, `input`, and `choose(name)`. */
export function LayerSlider({ network, name, input, choose }) {
  const { byDepth } = network;
  const place = Math.max(0, byDepth.indexOf(name));
  const go = (to) => byDepth[to] && choose(byDepth[to]);
  useKeys({ "[": () => go(place - 1), "]": () => go(place + 1) });
  const words = `${name}, ${sides(sizeOf(network, name, input))} px`;
  return html`<div class="layer-slider">
    <button class="plain" aria-label="Layer before" title="Key [" disabled=${!byDepth[place - 1]}
      onClick=${() => go(place - 1)}>◂</button>
    <input type="range" min="0" max=${byDepth.length - 1} value=${place} aria-label="Layer" aria-valuetext=${words}
      onInput=${(event) => go(Number(event.target.value))} />
    <button class="plain" aria-label="Next layer" title="Key ]" disabled=${!byDepth[place + 1]}
      onClick=${() => go(place + 1)}>▸</button>
    <span class="small"><span class="muted">${place + 1} of ${byDepth.length}</span>${" "}
      <code>${network.tensors[name].op}</code></span>
  </div>`;
}

function useKeys(keys) {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const press = (event) => {
      const inText = event.target.matches?.("input:not([type=range]), textarea, select");
      if (inText || event.ctrlKey || event.metaKey || !latest.current[event.key]) return;
      event.preventDefault();
      latest.current[event.key]();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
