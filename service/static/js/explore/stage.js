// The stage: the picture in the network's input, and over it what a unit, or one unit of every head, sees.
import { html, useId, useLayoutEffect, useMemo, useRef, useState } from "../html.js";
import { pointOf, unitAt } from "../lib/field.js";
import { EnergyLine, ErfLayer, measuredOf, nearestEntry, useErfMap } from "./erf.js";
import { frameOf, pathOf, placeOf, rectOf, stageOf, widened } from "./geometry.js";
import { BeyondMarks, Centre, FieldMark, Grid, Tags, Veil, sharesOf } from "./marks.js";
import { tensorOf } from "./network.js";
import { BoxMarks } from "./objects-marks.js";
import { fitOf, placed } from "./pictures.js";
import { handlersOf } from "./pointing.js";

const SINGLE = "var(--trf)"; // the colour of a field that is no head's
const MOST_PHASES = 64;

/** `explorer`: the view's state; `picture`; `objects`: the boxes and how they are drawn; `svg`: a ref for saving. */
export function Stage({ explorer, picture, objects, svg }) {
  const { tensor, all, set, chosen, network } = explorer;
  const { box, width, height } = useBox();
  const bare = useMemo(() => {
    const fields = all ? set.heads : [tensor];
    return stageOf(tensor.canvas, fields.map(({ size }) => size));
  }, [set, all, tensor]);
  const view = widened(bare.view, width / (height || Infinity));
  const stage = { ...bare, view };
  const scale = width && height ? Math.max(view.width / width, view.height / height) : view.width / 700;
  const id = useId();
  const shared = { stage, scale, clip: `${id}-frame` };
  return html`<div class="stage" ref=${box} style=${{ aspectRatio: `${bare.view.width} / ${bare.view.height}` }}>
    <svg ref=${svg} viewBox=${`${view.x} ${view.y} ${view.width} ${view.height}`} tabindex="0" role="application"
      class=${objects.drawing ? "drawing" : ""} aria-describedby="stage-keys"
      aria-label="Picture with what the unit sees; arrow keys move to the next unit"
      ...${handlersOf(explorer, objects, svg)}>
      <desc>${`What ${all ? "the heads" : tensor.name} can see`}</desc>
      <${Ground} ...${{ id, stage, scale }} picture=${network.source ? null : picture} fit=${chosen.fit} />
      <${all ? AllHeads : OneUnit} explorer=${explorer} ...${shared} />
      <${BoxMarks} objects=${objects} scale=${scale} />
    </svg>
  </div>`;
}

function Ground({ id, stage, picture, fit, scale }) {
  const { view } = stage;
  const frame = frameOf(stage);
  const line = 2 * scale;
  const gap = 8 * scale;
  const wide = { x: -line, y: -line, width: frame.width + 2 * line, height: frame.height + 2 * line };
  return html`<defs>
      <pattern id=${`${id}-hatch`} width=${gap} height=${gap} patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)">
        <rect class="outside" width=${gap} height=${gap} />
        <path class="hatch" d=${`M0 0v${gap}`} stroke-width=${2.5 * scale} />
      </pattern>
      <clipPath id=${`${id}-picture`}><rect ...${frame} /></clipPath>
      <clipPath id=${`${id}-frame`}><rect ...${wide} /></clipPath>
    </defs>
    <rect ...${view} fill=${`url(#${id}-hatch)`} />
    <rect ...${frame} class="bars" />
    ${picture && stage.axes > 1 && html`<g clip-path=${`url(#${id}-picture)`}>
      <image href=${picture.href} ...${placed(picture, fitOf(picture, fit), frame)} preserveAspectRatio="none" /></g>`}
    <path d=${pathOf(frame)} class="frame" stroke-width=${1.5 * scale} />`;
}

function OneUnit({ explorer, stage, scale, clip }) {
  const { tensor, unit, entry, set } = explorer;
  const colour = set?.heads.find((head) => head.tensor === tensor.name)?.colour ?? SINGLE;
  const { map } = useErfMap(entry);
  const rect = rectOf(tensor, unit, stage);
  const shared = { stage, scale, clip, colour };
  return html`
    <${Veil} rect=${rect} stage=${stage} opacity=${map ? 0.5 : 0.42} />
    ${map && html`<${ErfLayer} ...${{ map, entry, tensor, unit, stage, scale, clip }} />`}
    <${Grid} ...${{ tensor, stage, scale }} />
    <${PhaseMarks} ...${shared} tensor=${tensor} unit=${unit} />
    <${FieldMark} ...${shared} rect=${rect} />
    <${Centre} at=${placeOf(pointOf(tensor, unit, tensor.canvas), stage)} scale=${scale} />
    ${rect && html`<${BeyondMarks} ...${shared} rect=${rect} />`}`;
}

// What the units beside this one see, where that is more or less: one of each size.
function PhaseMarks({ tensor, unit, stage, scale, clip, colour }) {
  const own = rectOf(tensor, unit, stage);
  const periods = tensor.map.map(({ q }, axis) => (q <= Math.min(MOST_PHASES, tensor.units[axis]) ? q : 1));
  const sizeOf = ({ width, height }) => `${width} ${height}`;
  const found = new Map(own ? [[sizeOf(own), null]] : []);
  for (let shift = 0; own && shift < Math.max(...periods); shift += 1) {
    const other = unit.map((index, axis) => index - (index % periods[axis]) + (shift % periods[axis]));
    const rect = rectOf(tensor, other, stage);
    if (rect && !found.has(sizeOf(rect))) found.set(sizeOf(rect), rect);
  }
  const others = [...found.values()].filter(Boolean);
  return others.map((rect) => html`<${FieldMark} key=${sizeOf(rect)} faint ...${{ rect, colour, scale, clip }} />`);
}

function AllHeads({ explorer, stage, scale, clip }) {
  const { set, tensor, unit, network, chosen, est, reports } = explorer;
  const point = pointOf(tensor, unit, tensor.canvas);
  const fields = useMemo(
    () => set.heads.map((head) => ({ head, field: tensorOf(network, head.tensor, chosen.input) })),
    [network, set, chosen.input],
  );
  const shown = fields.map(({ head, field }) => {
    const own = unitAt(field, point);
    return { head, field, unit: own, rect: rectOf(field, own, stage), key: head.tensor };
  });
  const shares = sharesOf(shown.map(({ rect }) => rect));
  const firsts = shown.filter((_, i) => shares[i][0] === 0);
  const marks = shown.map(({ head, rect, key }, i) => html`<${FieldMark} ...${{ rect, scale, clip, key }}
    colour=${head.colour} share=${shares[i]} />`);
  return html`
    ${firsts.map(({ rect, key }) => html`<${Veil} ...${{ rect, stage, key }} opacity=${0.2} />`)}
    ${est && shown.map((each) => html`<${HeadEnergy} ...${{ ...each, est, reports, stage, scale, clip }} />`)}
    ${marks.reverse()}
    <${Centre} at=${placeOf(point, stage)} scale=${scale} />
    <${Tags} shown=${shown} view=${stage.view} scale=${scale} />`;
}

function HeadEnergy({ head, field, unit, est, reports, stage, scale, clip }) {
  const entry = nearestEntry(measuredOf(reports, head.tensor)[est], unit);
  const { map } = useErfMap(entry);
  return map && html`<${EnergyLine} ...${{ map, unit, stage, scale, clip }} tensor=${field} colour=${head.colour} />`;
}

// Lines and letters have the same width on the screen whatever the input's size.
function useBox() {
  const box = useRef(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const watcher = new ResizeObserver(([{ contentRect: { width, height } }]) => setSize({ width, height }));
    watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return { box, ...size };
}
