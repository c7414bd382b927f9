// Home: drop a model and run, and what ran lately.
import { html } from "../html.js";
import { Ask } from "./ask.js";
import { Recent } from "./recent.js";

/** The page at `#/`. */
export function Home() {
  return html`
    <div class="hero">
      <h1>What can your vision network see?</h1>
      <p class="muted">Drop an ONNX file. See what every layer and head can see, and what it really uses, over your own
        image.</p>
    </div>
    <div class="home">
      <${Ask} />
      <${Recent} />
    </div>
  `;
}
