// The layers of a chart, from the back to the front: spans, axes, marks, bands, lines, dots.
import { area, curveStepAfter, line } from "../../../vendor/d3.js";
import { html } from "../../html.js";
import { spread } from "./frame.js";
import { isDrawn } from "./scales.js";

const POINTED = ["points", "both"];

/** Grid, ticks and the axes' words. */
export function Axes({ frame, xLabel, yLabel }) {
  const { x, y, xTicks, yTicks, left, right, top, bottom } = frame;
  return html`<g class="axes">
    ${yTicks.map(({ at, label }) => html`<line class="grid" x1=${left} x2=${right} y1=${y(at)} y2=${y(at)} />
      <text x=${left - 6} y=${y(at)} dy="0.32em" text-anchor="end">${label}</text>`)}
    ${xTicks.map(({ at, label }) => html`<line class="tick" x1=${x(at)} x2=${x(at)} y1=${bottom} y2=${bottom + 5} />
      <text x=${x(at)} y=${bottom + 18} text-anchor="middle">${label}</text>`)}
    <line class="axis" x1=${left} x2=${right} y1=${bottom} y2=${bottom} />
    <text class="label" x=${right} y=${bottom + 35} text-anchor="end">${xLabel} →</text>
    <text class="label" x="2" y="12">↑ ${yLabel}</text>
  </g>`;
}

/** Shades over a part of the x axis. */
export function Spans({ frame, spans }) {
  const { x, left, right, top, bottom } = frame;
  return spans.map(({ from, to, label, class: look = "" }) => {
    const [a, b] = [from, to].map((value) => Math.min(Math.max(x(value), left), right));
    return html`<g class=${`span ${look}`}>
      <rect x=${a} y=${top} width=${Math.max(0, b - a)} height=${bottom - top}><title>${label}</title></rect>
    </g>`;
  });
}

/** Vertical and horizontal lines across. */
export function Marks({ frame, marks }) {
  const { x, y, left, right, top, bottom, labels } = frame;
  const vertical = marks.filter((mark) => mark.axis === "x" && isInside(x, mark.at));
  return html`<g class="marks">
    ${vertical.map(
      ({ at, class: look = "" }) => html`<line class=${look} x1=${x(at)} x2=${x(at)} y1=${top} y2=${bottom} />`,
    )}
    ${labels.map(({ px, row, class: look = "" }) => html`
      <line class=${`leader ${look}`} x1=${px} x2=${px} y1=${top - row * 14 - 2} y2=${top} />`)}
    ${levelsOf(frame, marks).map(
      ({ at, class: look = "" }) => html`<line class=${look} x1=${left} x2=${right} y1=${y(at)} y2=${y(at)} />`,
    )}
  </g>`;
}

/** Their words, over everything else. */
export function MarkWords({ frame, marks }) {
  const { y, right, top, bottom, labels } = frame;
  const levels = levelsOf(frame, marks).filter(({ label }) => label);
  const heights = spread(levels.map((mark) => y(mark.at) - 4), 13, top + 8, bottom - 4);
  return html`<g class="marks">
    ${labels.map(({ label, middle, row, class: look = "" }) => html`
      <text class=${look} x=${middle} y=${top - row * 14 - 4} text-anchor="middle">${label}</text>`)}
    ${levels.map(({ label, class: look = "" }, place) => html`
      <text class=${look} x=${right - 2} y=${heights[place]} text-anchor="end">${label}</text>`)}
  </g>`;
}

/** The series: band, line and points of each. @param {object} props `inside`: the clip path that bounds the lines */
export function Series({ frame, shown, inside }) {
  const { x, y } = frame;
  return shown.map((one) => {
    const at = [...one.x.keys()];
    const defined = (i) => isDrawn(one.x[i], x.isLog) && isDrawn(one.y[i], y.isLog);
    const path = line((i) => x(one.x[i]), (i) => y(one.y[i])).defined(defined);
    if (one.look === "step") path.curve(curveStepAfter);
    return html`<g class=${lookOf(one)}>
      <g clip-path=${inside}>
        ${one.band && html`<path class="band" d=${bandOf(frame, one)(at)} />`}
        ${one.look !== "points" && html`<path class="line" stroke-width=${one.width ?? 2} d=${path(at)} />`}
      </g>
      ${POINTED.includes(one.look) && at.filter((i) => isInside(x, one.x[i]) && isInside(y, one.y[i])).map(
        (i) => html`<circle cx=${x(one.x[i])} cy=${y(one.y[i])} r="3" />`,
      )}
    </g>`;
  });
}

/** Single points that stand for a figure. */
export function Dots({ frame, dots }) {
  const { x, y } = frame;
  return dots
    .filter((dot) => isInside(x, dot.x) && isInside(y, dot.y))
    .map(({ x: at, y: value, label, class: look = "" }) => html`<path class=${`dot ${look}`}
      transform=${`translate(${x(at)} ${y(value)})`} d="M0-5.5 5.5 0 0 5.5-5.5 0Z"><title>${label}</title></path>`);
}

/** Title and names of the series, for the file alone: on the page they are text and buttons around the picture. */
export function FileLegend({ title, shown, frame }) {
  return html`<g data-only="file" class="file-legend">
    <text class="title" x="2" y="-12">${title}</text>
    ${shown.map((one, row) => html`<g class=${lookOf(one)}
      transform=${`translate(${frame.left} ${frame.height + 8 + row * 18})`}>
      ${one.look !== "points" && html`<path class="line" stroke-width="2" d="M0 0H24" />`}
      ${one.look === "points" && html`<circle cx="12" cy="0" r="3" />`}
      <text x="32" dy="0.32em">${one.name}</text>
    </g>`)}
  </g>`;
}

function isInside(scale, at) {
  return isDrawn(at, scale.isLog) && at >= scale.domain()[0] && at <= scale.domain()[1];
}

function levelsOf({ y }, marks) {
  return marks.filter((mark) => mark.axis === "y" && isInside(y, mark.at));
}

function lookOf(one) {
  return `series ${one.class} ${one.dashed ? "dashed" : ""}`;
}

function bandOf({ x, y }, one) {
  const { low, high } = one.band;
  return area()
    .x((i) => x(one.x[i]))
    .y0((i) => y(low[i]))
    .y1((i) => y(high[i]))
    .defined((i) => isDrawn(one.x[i], x.isLog) && isDrawn(low[i], y.isLog) && isDrawn(high[i], y.isLog));
}
