"""The canvas of a run: a function of the run alone, so that its outcome does not depend on what trains beside it."""

from collections.abc import Callable
from dataclasses import dataclass

from api_schemas.datasets import AnyDataset
from api_schemas.sweep import Training
from rfengine.datasets import Scene, mark_of, square_scene, tight_scene
from rfengine.datasets.scene import fitting
from rfengine.errors import BadInput, BadTarget, UnsupportedOperator

# Distances are rounded up to whole multiples for the canvas, so that neighbours share one and train in one launch.
STEP = 4
# Units of the target along a tight canvas: fewer could not draw a spot.
LEAST_UNITS = 4
# Sides of the images on which a network's canvases are found, px: the first that it takes.
LOOKED_AT = (128, 256, 512)
# Steps that a canvas grows by at most for the target to have enough units.
MOST_STEPS = 32

Canvas = tuple[int, int]


@dataclass(frozen=True)
class Look:
    """A network on one canvas: its target, with units along both axes and px from one to the next.

    `coarsest` is that number of px of the tensor between image and target whose units lie farthest apart.
    """

    canvas: Canvas
    target: str
    units: tuple[int, int]
    stride: int
    coarsest: int


@dataclass(frozen=True)
class Canvases:
    """What a network takes: along each axis the least length, px, and `multiple` px more any number of times."""

    multiple: int
    least: Canvas

    def fitting(self, side: int) -> Canvas:
        """The smallest canvas on which a square of some side lies, px."""
        height, width = (fitting(side, multiple=self.multiple, least=least) for least in self.least)
        return height, width


def scene_of(
    dataset: AnyDataset, training: Training, distance: int, *, stride: int = 1, least: Canvas | None = None
) -> Scene:
    """The canvas for a mark at some distance, px.

    Args:
        dataset: where the mark may lie.
        training: its `canvas` says how large: tight, or a square.
        distance: of the mark.
        stride: of the network, px; a tight canvas grows in steps of it.
        least: height and width of the network's smallest canvas, px; None: some strides.

    Raises:
        BadInput: the mark does not lie on the square that is asked for.
    """
    if training.canvas != "tight":
        return square_scene(training.canvas, distance)
    rounded = -(-distance // STEP) * STEP
    shortest = (LEAST_UNITS * stride,) * 2 if least is None else least
    return tight_scene(mark_of(dataset).extents(dataset, rounded), multiple=stride, least=shortest)


def canvases(name: str, look: Callable[[Canvas], Look], own: Canvas | None) -> Canvases:
    """The canvases that a network takes, found by looking at some.

    Args:
        name: of the network.
        look: the network on a canvas; a BadInput where it takes none of that size.
        own: the size that it was made for, px, where it says one.

    Raises:
        BadInput: it takes none of those looked at.
    """
    found = _first(name, look, own)
    multiple = found.coarsest
    if found.canvas[0] != found.canvas[1]:
        return Canvases(multiple, found.canvas)
    # Whole multiples where the network takes them: one without padding may take others alone.
    found = _wide(look, fitting(found.canvas[0], multiple=multiple, least=multiple), found) or found
    least = _least(look, found)
    return Canvases(multiple, (least, least))


def _first(name: str, look: Callable[[Canvas], Look], own: Canvas | None) -> Look:
    """The first look that succeeds, on squares or on the network's own canvas."""
    squares = [(side, side) for side in LOOKED_AT]
    tried = list(dict.fromkeys([squares[0], *([] if own is None else [own]), *squares[1:]]))
    errors: list[BadInput] = []
    for canvas in tried:
        try:
            return look(canvas)
        except UnsupportedOperator:
            raise
        except BadInput as error:
            errors.append(error)
    if all(isinstance(error, BadTarget) for error in errors) or len({str(error) for error in errors}) == 1:
        raise errors[0]
    sizes = ", ".join(f"{height} x {width}" for height, width in tried)
    raise BadInput(
        f"training.canvas: {name} takes no image of the sizes that were tried, {sizes} px; with the first: {errors[0]}"
    )


def _least(look: Callable[[Canvas], Look], found: Look) -> int:
    """The least side on which the target has enough units, in whole steps from one that was looked at, px."""
    side, multiple = found.canvas[0], found.coarsest
    steps = (min(found.units) - LEAST_UNITS) * found.stride // multiple
    if steps < 0:
        larger = (side + step * multiple for step in range(1, MOST_STEPS))
        return next((each for each in larger if _wide(look, each, found)), side)
    low = max(side - steps * multiple, side % multiple or multiple)
    if _wide(look, low, found):
        return low
    while low + multiple < side:  # the lower one fails, the upper one does not
        middle = low + (side - low) // multiple // 2 * multiple
        low, side = (low, middle) if _wide(look, middle, found) else (middle, side)
    return side


def _wide(look: Callable[[Canvas], Look], side: int, like: Look) -> Look | None:
    """A look at a square where the same target has enough units; None where it has not."""
    try:
        found = look((side, side))
    except BadInput:
        return None
    return found if found.target == like.target and min(found.units) >= LEAST_UNITS else None
