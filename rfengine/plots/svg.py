"""What SVG takes: escaped text, words that fit a width, paths with round corners, short numbers. No matplotlib."""

from collections.abc import Sequence
from html import escape

from rfengine.reports.text import UNPRINTABLE, shorten

FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"

# Advance widths of Helvetica (Adobe's font metrics), " " to "~", in thousandths of the size.
_HELVETICA = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
_OTHER = 1000
# Bold type and other fonts are a little wider.
_ALLOWANCE = 1.06

Point = tuple[float, float]


def text(words: str) -> str:
    """Words as XML character data: a stranger's name can be anything."""
    return escape("".join(c if c.isprintable() or c == "\n" else UNPRINTABLE for c in words), quote=True)


def width(words: str, size: float) -> float:
    """About how wide words come out, px; rather too wide than too narrow."""
    return size / 1000 * _ALLOWANCE * sum(map(_advance, words))


def fitted(words: str, size: float, room: float) -> str:
    """Words that take at most `room` px, cut in the middle where they are too long."""
    if width(words, size) <= room:
        return words
    count = min(len(words), int(room / size * 1000 / min(_HELVETICA)))
    while count > 1 and width(shorten(words, count), size) > room:
        count -= 1
    return shorten(words, count)


def number(value: float) -> str:
    """A coordinate: at most two places, no idle zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def path(points: Sequence[Point], radius: float) -> str:
    """A line through points, whose corners are rounded as far as there is room."""
    at = [f"M{_pair(points[0])}"]
    for before, corner, after in zip(points[:-2], points[1:-1], points[2:], strict=True):
        first, second = _towards(corner, before, radius), _towards(corner, after, radius)
        at.append(f"L{_pair(first)}Q{_pair(corner)} {_pair(second)}")
    at.append(f"L{_pair(points[-1])}")
    return "".join(at)


def _pair(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _towards(corner: Point, other: Point, radius: float) -> Point:
    """The point `radius` from a corner on the way to another, half-way at most."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx * dx + dy * dy) ** 0.5
    share = min(radius / length, 0.5) if length else 0.0
    return corner[0] + share * dx, corner[1] + share * dy


def _advance(letter: str) -> int:
    at = ord(letter) - 32
    return _HELVETICA[at] if 0 <= at < len(_HELVETICA) else 278 if letter == "·" else _OTHER
