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


def tight_scene(extents: list[Extent], *, multiple: int = 1, least: int = 1) -> Scene:
    """The smallest canvas on which everything lies, with a margin.

    Args:
        extents: px that parts reach up, down, left and right of the letter's centre.
        multiple: both lengths become whole multiples of it (of a network's stride), the room added on all sides alike.
        least: no length is shorter.
    """
    up, down, left, right = (max(each) + MARGIN for each in zip(*extents, strict=True))
    height, width = (-(-max(length, least) // multiple) * multiple for length in (up + down + 1, left + right + 1))
    return Scene(height, width, up + (height - up - down - 1) // 2, left + (width - left - right - 1) // 2)


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
