// What stands where in a chart: margins, scales, and the rows of labels over it.
import { scaleOf, ticksOf } from "./scales.js";

const CHARACTER = 6.4;
const ROW = 14;
// Over the chart the words of the y axis, under it ticks and the words of the x axis.
const HEAD = 24;
const FOOT = 42;

/**
 * The layout of a chart.
 * @param {object} props see `LineChart`; `shown`: the series that are switched on, `room`: the height of all but the
 *   rows of labels
 * @returns {object} `{ x, y, xTicks, yTicks, left, right, top, bottom, width, height, labels }`; `labels` are marks on
 *   the x axis with `px` and `row` of their words
 */
export function frameOf(props) {
  const { marks, width, room, xScale, yScale, xDomain, yDomain } = props;
  const [xs, ys] = valuesOf(props);
  const rooms = Math.max(2, Math.floor((room - HEAD - FOOT) / 42));
  const rough = scaleOf({ kind: yScale, values: ys, fixed: yDomain, range: [1, 0] });
  const widest = Math.max(...ticksOf(rough, rooms).map(({ label }) => label.length), 1);
  const left = 12 + widest * CHARACTER;
  const right = width - 14;
  const x = scaleOf({ kind: xScale, values: xs, fixed: xDomain, range: [left, right] });
  const labels = stagger(marks.filter((mark) => mark.axis === "x" && mark.label), x, left, right);
  const top = HEAD + ROW * (labels.length ? Math.max(...labels.map(({ row }) => row)) + 1 : 0);
  const bottom = top + room - HEAD - FOOT;
  const y = Object.assign(rough.copy().range([bottom, top]), { isLog: rough.isLog });
  const xTicks = ticksOf(x, Math.max(2, Math.floor((right - left) / 70)));
  return { x, y, xTicks, yTicks: ticksOf(y, rooms), left, right, top, bottom, width, height: bottom + FOOT, labels };
}

/** Everything that has to fit on either axis. */
function valuesOf({ shown, marks, dots, spans }) {
  const marked = (axis) => marks.filter((mark) => mark.axis === axis).map((mark) => mark.at);
  const xs = shown.flatMap((one) => [...one.x]);
  const ys = shown.flatMap((one) => [...one.y, ...(one.band?.low ?? []), ...(one.band?.high ?? [])]);
  return [
    [...xs, ...dots.map((dot) => dot.x), ...marked("x"), ...spans.flatMap(({ from, to }) => [from, to])],
    [...ys, ...dots.map((dot) => dot.y), ...marked("y")],
  ];
}

/** Words of vertical marks in rows over the chart, so that none covers another; row 0 is next to the chart. */
function stagger(marks, x, left, right) {
  const ends = [];
  const [low, high] = x.domain();
  const inside = marks.filter(({ at }) => at >= low && at <= high).sort((a, b) => a.at - b.at);
  return inside.map((mark) => {
    const px = x(mark.at);
    const half = (mark.label.length * CHARACTER) / 2;
    const middle = Math.min(Math.max(px, left + half), right - half);
    const free = ends.findIndex((end) => middle - half > end + 6);
    const row = free < 0 ? ends.length : free;
    ends[row] = middle + half;
    return { ...mark, px, middle, row };
  });
}

/** Heights for words beside horizontal marks, at least `gap` px apart and as near to their own as that allows. */
export function spread(heights, gap, low, high) {
  // From the lowest up: words stand over their lines, and make room by going up.
  const order = heights.map((height, at) => [height, at]).sort(([a], [b]) => b - a);
  const places = [];
  let below = high + gap;
  for (const [height] of order) {
    below = Math.min(height, below - gap);
    places.push(below);
  }
  let above = low - gap;
  for (let at = places.length - 1; at >= 0 && places[at] < above + gap; at -= 1) {
    above += gap;
    places[at] = above;
  }
  const found = [];
  order.forEach(([, at], place) => {
    found[at] = places[place];
  });
  return found;
}
