// Another question about the same network, without sending it again.
import { analyze, problemOf } from "../api.js";
import { Options, requestOf, useOptions } from "../home/options.js";
import { html, useState } from "../html.js";
import { Problem } from "../problem.js";
import { go, hrefOf } from "../route.js";

/** A form behind a line of text, with the job's own options to begin with. */
export function AskAgain({ job }) {
  const options = useOptions(job.request);
  const [fault, setFault] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    setFault(null);
    try {
      const request = { name: job.request.name ?? undefined, ...requestOf(options.value) };
      const next = await analyze({ request, images: options.value.images, modelOf: job.id });
      go(hrefOf(next.id));
    } catch (error) {
      setFault(problemOf(error));
    }
  };
  return html`<details>
    <summary>Ask something else about this network</summary>
    <form class="card stack" onSubmit=${submit}>
      <${Options} options=${options} />
      ${fault && html`<${Problem} problem=${fault} />`}
      <div><button class="primary">Analyse</button></div>
    </form>
  </details>`;
}
