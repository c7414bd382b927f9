// The values at a point of a chart, to see and to hear.
import { html } from "../../html.js";
import { readingsOf } from "./crosshair.js";

/** A box beside the hairline with what every line has there. */
export function Reading({ props, frame, point }) {
  const { shown, xLabel, xFormat, yFormat } = props;
  const readings = readingsOf(frame, shown, point);
  const [{ one, index }] = readings;
  const px = frame.x(one.x[index]);
  const side = px < frame.width / 2 ? { left: `${px + 12}px` } : { right: `${frame.width - px + 12}px` };
  return html`<div class="chart-reading" style=${side} aria-hidden="true">
    <div>${one.labels?.[index] ?? withUnit(xLabel, xFormat(one.x[index]))}</div>
    ${readings.slice(0, 8).map((read) => html`<div class=${`row ${read.one.class}`}>
      <span class=${`swatch ${read.one.look} ${read.one.dashed ? "dashed" : ""}`}></span>
      <span>${read.one.name}</span> <strong>${yFormat(read.one.y[read.index])}</strong>
    </div>`)}
  </div>`;
}

/** The same in a sentence. */
export function wordsOf({ xLabel, yLabel, xFormat, yFormat }, readings) {
  const [{ one, index }, ...others] = readings;
  const at = [one.labels?.[index], withUnit(xLabel, xFormat(one.x[index]))].filter(Boolean).join(", ");
  const rest = others.map((read) => `${read.one.name} ${yFormat(read.one.y[read.index])}`);
  return [`${at}: ${one.name} ${withUnit(yLabel, yFormat(one.y[index]))}`, ...rest].join("; ");
}

/** "distance, px" and 3 make "distance 3 px". */
function withUnit(label, words) {
  const [what, unit = ""] = label.split(", ");
  return `${what} ${words} ${unit}`.trim();
}
