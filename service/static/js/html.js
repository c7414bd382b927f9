// Markup and state for every module of the page: Preact, with htm in place of a compiler.
import { h, htm } from "../vendor/preact.js";

export * from "../vendor/preact.js";

/** Tagged template: html`<p class="muted">${text}</p>` makes a Preact node. */
export const html = htm.bind(h);
