// Dark or light: as the reader's system has it, unless they choose.
import { html, signal } from "./html.js";

const KEY = "rfengine.theme";
const chosen = signal(localStorage.getItem(KEY));

apply();

/** Changes between light and dark. */
export function ThemeButton() {
  const dark = (chosen.value ?? system()) === "dark";
  const choose = () => {
    const next = dark ? "light" : "dark";
    chosen.value = next === system() ? null : next;
    if (chosen.value) localStorage.setItem(KEY, chosen.value);
    else localStorage.removeItem(KEY);
    apply();
  };
  return html`<button class="plain" onClick=${choose} aria-label=${`Change to ${dark ? "light" : "dark"} colours`}>
    ${dark ? "☀" : "☾"}
  </button>`;
}

function system() {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function apply() {
  if (chosen.value) document.documentElement.dataset.theme = chosen.value;
  else delete document.documentElement.dataset.theme;
}
