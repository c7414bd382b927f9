// The explorer: what a unit, or every head at once, sees over a picture; and the network behind it.
import { html, useMemo, useRef } from "../html.js";
import { SaveMenu } from "../lib/save.js";
import { useStyles } from "../styles.js";
import { note } from "./address.js";
import { ErfLegend, EstimatorChoice } from "./erf.js";
import { measuredHeads, useExplorer } from "./explorer.js";
import { Further } from "./further.js";
import { Graph } from "./graph.js";
import { Growth } from "./growth.js";
import { HeadTable } from "./head-table.js";
import { HeadChips } from "./heads.js";
import { LayerSlider } from "./layers.js";
import { Objects } from "./objects-card.js";
import { useObjects } from "./objects.js";
import { PictureControls, usePicture } from "./pictures.js";
import { Readout } from "./readout.js";
import { Stage } from "./stage.js";

/** `job`, `report` (of a job that runs: as far as it is known), `route`. */
export function ExploreView(props) {
  if (Object.keys(props.report.analytic.tensors).length) return html`<${Explorer} ...${props} />`;
  return html`<p class="notice">No tensor of this network has units over the input that could be looked at.</p>`;
}

function Explorer({ job, report, route }) {
  const ready = useStyles("explore");
  const explorer = useExplorer({ job, report, route });
  const picture = usePicture();
  const objects = useObjects(explorer);
  const svg = useRef(null);
  if (!ready) return html`<p class="muted" role="status">Loading …</p>`;
  const { all, set, tensor, chooseTensor } = explorer;
  return html`<div class="explore">
    <div class="look">
      <div class="stage-column stack">
        <${HeadChips} set=${set} chosen=${all ? null : tensor.name} choose=${chooseTensor} />
        <${Stage} ...${{ explorer, picture, objects, svg }} />
        <${Controls} ...${{ explorer, picture, svg }} />
      </div>
      <div class="side stack">
        ${all ? html`<${HeadTable} explorer=${explorer} />` : html`<${Readout} explorer=${explorer} />`}
        <${Objects} objects=${objects} />
      </div>
    </div>
    <${Behind} explorer=${explorer} />
  </div>`;
}

function Controls({ explorer, picture, svg }) {
  const { network, tensor, chosen, all, set, reports, found, est, entry, job } = explorer;
  const hasPicture = tensor.axes.length > 1 && !network.source;
  const file = `${job.request.name ?? "explore"}-${all ? "heads" : tensor.name}`.replace(/[^\w.-]+/g, "-");
  return html`<div class="stage-controls stack">
    <${LayerSlider} network=${network} name=${tensor.name} input=${chosen.input} choose=${explorer.chooseTensor} />
    <div class="row spread">
      <${EstimatorChoice} found=${all ? measuredHeads(set, reports) : found} chosen=${est}
        choose=${explorer.chooseEstimator} />
      ${hasPicture && html`<${PictureControls} picture=${picture} fit=${chosen.fit}
        setFit=${(fit) => note({ fit })} />`}
      <${SaveMenu} name=${file} what="the picture" svg=${() => svg.current} />
    </div>
    ${entry && html`<${ErfLegend} entry=${entry} />`}
    <${Further} explorer=${explorer} />
    <p class="muted small keys" id="stage-keys">Point, tap or use the arrow keys for a unit; <kbd>[</kbd> <kbd>]</kbd>
      ${" "}for a layer; drag with <kbd>Shift</kbd> for an object.</p>
  </div>`;
}

// Growth and graph change with the tensor, not with the unit: they are made once for each, however the pointer moves.
function Behind({ explorer }) {
  const { network, tensor, chosen, est, reports, chooseTensor, job, report } = explorer;
  const shared = { network, name: tensor.name, input: chosen.input, choose: chooseTensor };
  const hasGraph = report.artifacts?.some(({ name }) => name === "graph.svg");
  const picture = hasGraph ? `/jobs/${job.id}/artifacts/graph.svg` : null;
  return useMemo(() => html`<div class="behind">
    <${Growth} ...${shared} est=${est} reports=${reports} />
    <${Graph} ...${shared} picture=${picture} />
  </div>`, [network, tensor.name, chosen.input, est, reports, picture, `${chosen.unit}`]);
}
