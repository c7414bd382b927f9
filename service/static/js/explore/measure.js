// Asks for the effective field of a unit that was not measured, and takes the answer into this view.
import { analyze, follow, problemOf } from "../api.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { Problem } from "../problem.js";
import { note } from "./address.js";
import { ESTIMATORS } from "./erf.js";

/** The button for the unit that is chosen, and how far the answer is. */
export function MeasureButton({ explorer }) {
  const { job, tensor, pinned, chosen } = explorer;
  const [state, setState] = useState(null);
  const stop = useRef(() => {});
  useEffect(() => () => stop.current(), []);
  const ended = (answer) => {
    if (answer.status !== "succeeded") {
      setState({ fault: answer.error ?? { title: "It was not measured", detail: `The job was ${answer.status}.` } });
      return;
    }
    setState(null);
    note({ measured: [...new Set([...chosen.measured, answer.id])] });
  };
  const ask = async () => {
    setState({ progress: 0 });
    try {
      const answer = await analyze({ request: requestFor(job, tensor.name, pinned), modelOf: job.id });
      if (answer.status === "succeeded") ended(answer);
      else stop.current = follow(answer.id, { progress: ({ progress }) => setState({ progress }), done: ended });
    } catch (error) {
      setState({ fault: problemOf(error) });
    }
  };
  const busy = state?.progress !== undefined;
  return html`<div class="measure">
    <button onClick=${ask} disabled=${busy}>Measure at this unit</button>
    ${busy && html`<span class="row small" role="status">measuring …
      <progress max="1" value=${state.progress || undefined} aria-label="Progress"></progress></span>`}
    ${state?.fault && html`<${Problem} problem=${state.fault} />`}
  </div>`;
}

// The question of the job, of this unit alone; its network and images are lent by it.
function requestFor({ request }, tensor, unit) {
  const asked = ESTIMATORS.filter((key) => request.analyses.includes(key));
  const analyses = asked.length ? asked : ["constant_forward", "gradient"];
  const options = Object.fromEntries(analyses.map((key) => [key, { ...request[key], units: [unit] }]));
  return { input_shape: request.input_shape ?? {}, analyses, targets: [tensor], ...options };
}
