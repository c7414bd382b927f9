"""Which part of the image plane a picture shows, and how large its panels come out. Numbers only, no matplotlib."""

from collections.abc import Sequence
from dataclasses import dataclass

from rfengine.plots.measured import Interval

Edges = tuple[float, float]  # from, to; px
View = tuple[Edges, Edges]  # h, w

# Of a field that reaches beyond the image, at least this share must be image: else the map would be a speck.
READABLE = 0.3
# The image is shown whole where that makes the view at most so many times as long.
NEARLY = 1.35
# Panels side by side up to this ratio of width to height, one above the other beyond it.
OBLONG = 1.9


def view_of(field: Sequence[Interval], canvas: Sequence[int]) -> View:
    """What to show per axis: the theoretical field in full where that stays readable, and a margin all round."""
    shown = [_axis(first, last + 1, n) for (first, last), n in zip(field, canvas, strict=True)]
    margin = max(0.5, 0.04 * max(high - low for low, high in shown))
    (top, bottom), (left, right) = shown
    return (top - margin, bottom + margin), (left - margin, right + margin)


def _axis(low: int, high: int, n: int) -> Edges:
    inside = max(low, 0), min(high, n)
    if inside[0] >= inside[1]:
        return 0, n
    if inside[1] - inside[0] < READABLE * (high - low):
        low, high = inside
    whole = min(low, 0), max(high, n)
    return whole if whole[1] - whole[0] <= NEARLY * (high - low) else (low, high)


@dataclass(frozen=True)
class Panels:
    """Places of equal panels, inches: size of each, and the lower left corners, counted from that of the lowest."""

    width: float
    height: float
    at: tuple[tuple[float, float], ...]

    @property
    def right(self) -> float:
        """Right edge of the rightmost panel."""
        return max(x for x, _ in self.at) + self.width

    @property
    def top(self) -> float:
        """Upper edge of the uppermost panel."""
        return max(y for _, y in self.at) + self.height


def two_panels(view: View, *, aside: float, above: float) -> Panels:
    """Two panels of square pixels, `aside` inches apart when side by side, `above` when one above the other.

    Very thin strips are drawn wider than they are, so that something is seen.
    """
    tall, wide = (high - low for low, high in view)
    if wide > OBLONG * tall:
        width, height = panel(view, width=7.4, height=4.0)
        return Panels(width, height, ((0.0, height + above), (0.0, 0.0)))
    width, height = panel(view, width=4.8, height=6.0)
    return Panels(width, height, ((0.0, 0.0), (width + aside, 0.0)))


def panel(view: View, *, width: float, height: float, least: float = 1.75) -> tuple[float, float]:
    """Width and height of a panel in inches, inside a room of so many."""
    tall, wide = (high - low for low, high in view)
    per_pixel = min(height / tall, width / wide)
    return max(wide * per_pixel, least), max(tall * per_pixel, least)
