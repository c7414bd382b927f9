// Reads values off a chart, by pointer and by keyboard.
import { html, useState } from "../../html.js";
import { isDrawn } from "./scales.js";

/**
 * The point that is read, `{ series, index, byKey }` or null, and the handlers that move it.
 * @param {object} chart `frame`, `shown`, `picked`, `onPick`
 */
export function useCrosshair({ frame, shown, picked, onPick }) {
  const [point, setPoint] = useState(null);
  const known = point && shown[point.series] && point.index < shown[point.series].x.length ? point : null;
  const pick = (at) => at && onPick?.(shown[at.series].place, at.index);
  const handlers = {
    onPointerMove: (event) => setPoint(nearest(frame, shown, event)),
    onPointerLeave: () => setPoint(null),
    onClick: (event) => pick(nearest(frame, shown, event)),
    onBlur: () => setPoint(null),
    onKeyDown: (event) => {
      if (event.key === "Escape") setPoint(null);
      else if (event.key === "Enter" || event.key === " ") pick(known);
      else {
        const next = moved(frame, shown, known ?? startOf(shown, picked), event.key, known === null);
        if (!next) return;
        setPoint(next);
      }
      event.preventDefault();
    },
  };
  return { point: known, handlers };
}

/** What every shown series has where the point is: `[{ one, index }]`, the point's own first. */
export function readingsOf(frame, shown, point) {
  const own = shown[point.series];
  const px = frame.x(own.x[point.index]);
  const others = shown
    .map((one, series) => ({ one, index: series === point.series ? point.index : closest(frame, one, px) }))
    .filter(({ one, index }) => one !== own && index >= 0 && Math.abs(frame.x(one.x[index]) - px) < 24);
  return [{ one: own, index: point.index }, ...others];
}

/** The hairline and a ring on every series. */
export function Hairline({ frame, shown, point }) {
  const at = frame.x(shown[point.series].x[point.index]);
  return html`<g class="crosshair" data-only="page">
    <line x1=${at} x2=${at} y1=${frame.top} y2=${frame.bottom} />
    ${readingsOf(frame, shown, point).map(({ one, index }, place) => html`<g class=${`series ${one.class}`}>
      <circle cx=${frame.x(one.x[index])} cy=${frame.y(one.y[index])} r=${place ? 3.5 : 5} /></g>`)}
  </g>`;
}

/** The chosen point, as whatever is linked with the chart has it. */
export function Chosen({ frame, one, index }) {
  const [x, y] = [frame.x(one.x[index]), frame.y(one.y[index])];
  if (!Number.isFinite(x) || !Number.isFinite(y)) return null;
  return html`<g class=${`chosen series ${one.class}`}>
    <line x1=${x} x2=${x} y1=${frame.top} y2=${frame.bottom} /><circle cx=${x} cy=${y} r="6" />
  </g>`;
}

function nearest(frame, shown, event) {
  const box = event.currentTarget.getBoundingClientRect();
  const [px, py] = [event.clientX - box.left, event.clientY - box.top];
  let best = null;
  shown.forEach((one, series) => {
    const index = closest(frame, one, px, py);
    if (index < 0) return;
    const away = distance(frame, one, index, px, py);
    if (!best || away < best.away) best = { series, index, away, byKey: false };
  });
  return best;
}

/** The drawn point of a series nearest in x, of equals the nearest in y; -1 where none is drawn. */
function closest(frame, one, px, py = null) {
  let best = -1;
  let least = [Infinity, Infinity];
  for (let i = 0; i < one.x.length; i += 1) {
    if (!hasPlace(frame, one, i)) continue;
    const away = [Math.abs(frame.x(one.x[i]) - px), py === null ? 0 : Math.abs(frame.y(one.y[i]) - py)];
    if (away[0] < least[0] || (away[0] === least[0] && away[1] < least[1])) [best, least] = [i, away];
  }
  return best;
}

function distance(frame, one, index, px, py) {
  return Math.hypot(frame.x(one.x[index]) - px, frame.y(one.y[index]) - py);
}

function hasPlace(frame, one, i) {
  const { x, y, left, right } = frame;
  if (!isDrawn(one.x[i], x.isLog) || !isDrawn(one.y[i], y.isLog)) return false;
  const px = x(one.x[i]);
  return px >= left - 0.5 && px <= right + 0.5;
}

function startOf(shown, picked) {
  const series = picked ? shown.findIndex((one) => one.place === picked.series) : 0;
  return { series: Math.max(series, 0), index: series >= 0 && picked ? picked.index : 0 };
}

/** Left and right go along a series, up and down to the next series; the first key only shows where one is. */
function moved(frame, shown, { series, index }, key, isFirst) {
  const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity };
  const turn = { ArrowUp: -1, ArrowDown: 1 }[key];
  if (!shown.length || (!(key in steps) && !turn)) return null;
  if (turn && !isFirst) {
    const next = (series + turn + shown.length) % shown.length;
    const found = closest(frame, shown[next], frame.x(shown[series].x[index]));
    return found < 0 ? { series, index, byKey: true } : { series: next, index: found, byKey: true };
  }
  const drawn = [...shown[series].x.keys()].filter((i) => hasPlace(frame, shown[series], i));
  if (!drawn.length) return null;
  const here = Math.max(drawn.findIndex((i) => i >= index), 0);
  const to = Math.min(Math.max(here + (isFirst ? 0 : (steps[key] ?? 0)), 0), drawn.length - 1);
  return { series, index: drawn[to], byKey: true };
}
