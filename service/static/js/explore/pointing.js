// What pointer and keys do on the stage: choose a unit, or draw an object.
import { pointerOn } from "./geometry.js";

const STRIDE = 8; // units with Shift
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/**
 * The stage's handlers. A mouse shows what is under it and chooses with a click; a finger chooses where it lifts.
 * @param {object} explorer what is chosen, and how @param {object} objects the boxes @param {object} svg a ref
 */
export function handlersOf(explorer, objects, svg) {
  const at = (event) => pointerOn(svg.current, event);
  return {
    onPointerDown(event) {
      if (event.button !== 0) return;
      if (objects.drawing || event.shiftKey) objects.begin(at(event), event);
      else if (event.pointerType !== "mouse") explorer.hoverAt(at(event));
    },
    onPointerMove(event) {
      if (objects.isHeld()) objects.stretch(at(event));
      else if (event.pointerType === "mouse" || event.buttons) explorer.hoverAt(at(event));
    },
    onPointerUp(event) {
      if (objects.isHeld()) objects.end(at(event));
      else if (event.button === 0 && !objects.drawing) {
        objects.select(null);
        explorer.pickAt(at(event));
      }
    },
    onPointerLeave: () => explorer.hoverAt(null),
    onPointerCancel() {
      objects.cancel();
      explorer.hoverAt(null);
    },
    onKeyDown(event) {
      const move = MOVES[event.key];
      if (objects.key(event)) event.preventDefault();
      else if (move && !event.altKey && !event.ctrlKey && !event.metaKey) {
        explorer.step(...move.map((by) => by * (event.shiftKey ? STRIDE : 1)));
        event.preventDefault();
      }
    },
  };
}
