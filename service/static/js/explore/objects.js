// Objects that the reader draws on the picture, and whether some head sees enough of them.
import { useRef, useState } from "../html.js";
import { guaranteedSize, pointOf } from "../lib/field.js";
import { note } from "./address.js";

const LEAST = 3; // px of the input; what is smaller was a click
const FIRST = 0.15; // side of a box placed by keyboard, as a share of the input

/**
 * Whether a head covers an object: its field is at least `factor` times the object, along both axes, at every unit.
 * @param {number[]} box y, x, height, width
 * @returns {{ head: object | null, widest: object }} the finest head that does; the one that sees most
 */
export function verdictOf(box, heads, factor) {
  const needed = box.slice(2).map((side) => side * factor);
  const head = heads.find(({ least }) => least.every((px, axis) => px >= needed[axis])) ?? null;
  const widest = heads.reduce((best, each) => (Math.min(...each.least) > Math.min(...best.least) ? each : best));
  return { head, widest };
}

/** The boxes of the address, the one that is being drawn or resized, and what draws them. */
export function useObjects({ chosen, set, tensor, unit, network }) {
  const { boxes, factor } = chosen;
  const [drawing, setDrawing] = useState(false);
  const [selected, select] = useState(null);
  const [draft, setDraft] = useState(null);
  const held = useRef(null);
  const heads = set?.heads ?? [{ ...tensor, least: guaranteedSize(tensor) }];
  const put = (next) => note({ boxes: next });
  const change = (place, box) => put(boxes.map((each, i) => (i === place ? box : each)));
  const remove = (place) => {
    put(boxes.filter((_, i) => i !== place));
    select(null);
  };
  const add = (box) => {
    put([...boxes, box.map(Math.round)]);
    select(boxes.length);
  };
  const possible = tensor.axes.length === 2 && !network.source;
  const pen = penOf({ possible, held, tensor, setDraft, add });
  const edits = { selected, select, drawing, setDrawing, change, remove };
  const key = (event) => byKey(event, { ...edits, boxes, tensor, unit, add });
  return { possible, boxes, factor, heads, draft, key, ...edits, ...pen };
}

// Drawing by pointer: from one corner to the other, within the picture.
function penOf({ possible, held, tensor, setDraft, add }) {
  const inside = (at) => at.map((value, axis) => Math.max(0, Math.min(value, tensor.canvas[axis])));
  const boxTo = (at) => {
    const [from, to] = [held.current, inside(at)];
    const corner = from.map((value, axis) => Math.min(value, to[axis]));
    return [...corner, ...from.map((value, axis) => Math.abs(value - to[axis]))];
  };
  const cancel = () => {
    held.current = null;
    setDraft(null);
  };
  return {
    isHeld: () => held.current !== null,
    begin(at, event) {
      if (!possible) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      held.current = inside(at);
    },
    stretch: (at) => setDraft(boxTo(at)),
    end(at) {
      const box = boxTo(at);
      cancel();
      if (box[2] >= LEAST && box[3] >= LEAST) add(box);
    },
    cancel,
  };
}

// By keyboard: Enter places a box on the unit, arrows resize it (Alt: move it), Delete removes it, Escape ends.
function byKey(event, { boxes, selected, drawing, tensor, unit, change, remove, add, select, setDrawing }) {
  const box = boxes[selected];
  if (event.key === "Escape" && (box || drawing)) {
    select(null);
    setDrawing(false);
    return true;
  }
  if (event.key === "Enter" && drawing) {
    if (box) select(null);
    else {
      const centre = pointOf(tensor, unit, tensor.canvas);
      const size = tensor.canvas.map((side) => side * FIRST);
      add([...centre.map((at, axis) => at - size[axis] / 2), ...size]);
    }
    return true;
  }
  if (!box) return false;
  if (event.key === "Delete" || event.key === "Backspace") {
    remove(selected);
    return true;
  }
  const axis = { ArrowUp: 0, ArrowDown: 0, ArrowLeft: 1, ArrowRight: 1 }[event.key];
  if (axis === undefined) return false;
  const by = (event.key === "ArrowDown" || event.key === "ArrowRight" ? 1 : -1) * (event.shiftKey ? 10 : 2);
  const at = event.altKey ? axis : axis + 2;
  change(selected, box.map((value, i) => (i === at ? Math.max(at > 1 ? 1 : 0, value + by) : value)));
  return true;
}
