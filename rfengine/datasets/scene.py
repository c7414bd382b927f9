"""The canvas, and where the letter lies on it.

The background is 0, as zero padding is: a tight canvas asks the same question as a large one for a fraction of the
pixels (docs/sweeps.md has the measurement).
"""

from dataclasses import dataclass

from api_schemas.sweep import farthest_on
from rfengine.errors import BadInput

# Rows and columns around letter and mark: the spot's tail (sigma 1.8 px) and the distortion stay on the canvas.
MARGIN = 3

Extent = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Scene:
    """A canvas in px and the pixel of the letter's centre, which is the unit that the decision is read at."""

    height: int
    width: int
    row: int
    column: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self.height, self.width


def tight_scene(
    extents: list[Extent], *, multiple: int = 1, least: tuple[int, int] | None = None, margin: int = MARGIN
) -> Scene:
    """The smallest canvas on which everything lies.

    The room that is added goes to all sides alike, as far as the letter's row and column stay `multiple` // 2 modulo
    `multiple`: so it lies at the same place of a network's grid of units, however far its mark.

    Args:
        extents: px that parts reach up, down, left and right of the letter's centre.
        multiple: both lengths grow in steps of it, px (the stride of a network).
        least: height and width of the smallest canvas, px; None: one step.
        margin: rows and columns around all parts, px.
    """
    up, down, left, right = (max(each) + margin for each in zip(*extents, strict=True))
    shortest = (multiple, multiple) if least is None else least
    height, row = _placed(up, down, multiple, shortest[0])
    width, column = _placed(left, right, multiple, shortest[1])
    return Scene(height, width, row, column)


def fitting(length: int, *, multiple: int, least: int) -> int:
    """The first of `least`, `least` + `multiple`, `least` + 2 `multiple`, ... that is no shorter than a length, px."""
    return least + max(0, -(-(length - least) // multiple)) * multiple


def _placed(before: int, after: int, multiple: int, least: int) -> tuple[int, int]:
    """Length of an axis and the letter's place on it, with so many px before and after it at least."""
    length = fitting(before + after + 1, multiple=multiple, least=least)
    while True:
        middle = before + (length - before - after - 1) // 2
        places = [place for place in range(before, length - after) if place % multiple == multiple // 2]
        if places:
            return length, min(places, key=lambda place: abs(place - middle))
        length += multiple


def square_scene(side: int, distance: int) -> Scene:
    """A square canvas with the letter in its middle.

    Raises:
        BadInput: the mark does not lie on it.
    """
    farthest = farthest_on(side)
    if distance > farthest:
        raise BadInput(
            f"training.canvas: a mark at {distance} px does not fit a canvas of {side} px, at most {farthest} px does; "
            f"set it to {side + 2 * (distance - farthest)} or to 'tight', or lower distances"
        )
    return Scene(side, side, side // 2, side // 2)
