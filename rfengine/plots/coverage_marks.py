"""What pictures of a coverage check have in common: colours of heads, axes of sizes, the words around."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axis import Axis
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator
from numpy.typing import NDArray

from api_schemas.coverage import Binding, CoverageResult, HeadCoverage
from rfengine.coverage.checked import Checked
from rfengine.plots import style
from rfengine.reports.text import ELLIPSIS, common_prefix, extent, number, percent, shorten

UNCOVERED = style.VERMILION
# Sizes that no head covers; under everything else.
NO_HEAD = "#fbe6d9"
# From the finest head to the coarsest: darker and darker, and never near the colour of what is not covered.
RAMP = ("#8ad0c4", "#3fa5d8", "#0072b2", "#4a3a90", "#210a33")
WHAT: dict[Binding, str] = {
    "trf": "theoretical field too small",
    "erf": "effective field too small",
    "stride": "stride too coarse",
    "cut": "cut by every tile",
    "no_head": "no head answers",
}
SHORT: dict[Binding, str] = {
    "trf": "theoretical field",
    "erf": "effective field",
    "stride": "stride",
    "cut": "cut by tiles",
    "no_head": "no head",
}
# A size cannot be nothing on a log axis.
SMALLEST = 1 / 16
MOST_TICKS = 12
# More gaps between heads than these are counted only.
MOST_GAPS = 2

Span = tuple[float, float]  # from, to; px


def ordered(heads: Sequence[HeadCoverage]) -> list[int]:
    """Places of the heads, finest stride first; of one stride, the smaller field first."""
    return sorted(range(len(heads)), key=lambda at: (max(heads[at].stride), min(heads[at].trf)))


def head_colours(heads: Sequence[HeadCoverage]) -> list[str]:
    """One colour per head, in their order in the result: the coarser the darker."""
    ramp = LinearSegmentedColormap.from_list("heads", RAMP)
    places = np.linspace(0.05, 0.95, len(heads)) if len(heads) > 1 else [0.5]
    found = [""] * len(heads)
    for at, place in zip(ordered(heads), places, strict=True):
        found[at] = to_hex(ramp(place))
    return found


def spans(heads: Sequence[HeadCoverage]) -> list[Span | None]:
    """Sides of the squares that each head may cover, smallest and largest; None: there are none."""
    found = [
        (head.smallest_px or 0.0, math.inf if head.largest_px is None else head.largest_px) for head in heads
    ]  # fmt: skip
    return [span if span[0] <= span[1] else None for span in found]


def gaps(heads: Sequence[HeadCoverage]) -> list[Span]:
    """Sides of squares that no head may cover, from 0 to infinity."""
    found: list[Span] = []
    reached = 0.0
    for low, high in sorted(span for span in spans(heads) if span is not None):
        if low > reached:
            found.append((reached, low))
        reached = max(reached, high)
    return found if math.isinf(reached) else [*found, (reached, math.inf)]


def sides(checked: Checked) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Heights and widths as a log axis can show them.

    Raises:
        ValueError: there is no object.
    """
    if not len(checked.count):
        raise ValueError("no object to show: the check has no rows")
    return np.maximum(checked.height, SMALLEST), np.maximum(checked.width, SMALLEST)


def size_ticks(axis: Axis, low: float, high: float) -> None:
    """Powers of two, or every second, third ... one of them."""
    powers = range(math.ceil(math.log2(low) - 1e-9), math.floor(math.log2(high) + 1e-9) + 1)
    axis.set_major_locator(FixedLocator([2.0**k for k in powers[:: -(-len(powers) // MOST_TICKS) or 1]]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(float(value))))
    axis.set_minor_locator(NullLocator())


def notes(result: CoverageResult, width: float, how: Sequence[str]) -> list[str]:
    """The lines under a headline: which objects, what was found, how it is shown."""
    what = result.objects
    named = f"{shorten(result.policy, 40)}: " if result.policy else ""
    source = f" in {shorten(what.name, 40)}" if what.name else ""
    images = f" of {counted(what.images, 'image')}" if what.images else ""
    objects = f"{named}{counted(what.objects, 'object')}{images}{source}"
    share = f"{percent(result.share)} covered, {number(100 * result.required)} % required"
    bound = sorted(result.binding.items(), key=lambda item: -item[1])
    uncovered = f"{result.uncovered:,} uncovered: {', '.join(f'{SHORT[name]} {count:,}' for name, count in bound)}"
    return [
        *flowed([objects, f"input {extent(result.canvas)} px"], width),
        *flowed([f"{result.verdict}: {share}", *([uncovered] if bound else [])], width),
        *flowed(how, width),
    ]


def flowed(parts: Sequence[str], width: float) -> list[str]:
    """Parts with a dot between, as the lines that fit into a figure of `width` inches; broken between parts only."""
    room = width - 2 * style.MARGIN
    lines: list[str] = []
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and len(style.wrapped(longer, room)) == 1:
            lines[-1] = longer
        else:
            lines += style.wrapped(part, room)
    return lines


def gap_words(heads: Sequence[HeadCoverage]) -> str:
    """Which squares no head covers."""
    found = gaps(heads)
    if found == [(0.0, math.inf)]:
        return "no head covers a square of any size"
    if not found:
        return "every square has a head that may cover it"
    inner = [f"from {px(low)} to {px(high)}" for low, high in found if low > 0 and not math.isinf(high)]
    if len(inner) > MOST_GAPS:
        inner = [f"in {len(inner)} gaps between"]
    below = [f"below {px(high)}" for low, high in found if low == 0]
    above = [f"above {px(low)}" for low, high in found if math.isinf(high)]
    *first, last = [*below, *inner, *above]
    return f"no head covers squares {', '.join(first)}{' or ' if first else ''}{last} px"


def short_names(names: Sequence[str], width: int) -> list[str]:
    """Names of at most `width` characters, told apart: where one is longer, what all share at both ends is left out."""
    if max(map(len, names)) <= width:
        return [shorten(name, width) for name in names]
    head = len(common_prefix(names))
    tail = len(common_prefix([name[head:][::-1] for name in names]))
    before, after = ELLIPSIS if head else "", ELLIPSIS if tail else ""
    room = width - len(before) - len(after)
    return [f"{before}{shorten(name[head : len(name) - tail], room)}{after}" for name in names]


def counted(count: int, noun: str) -> str:
    """`1 object`, `1,200 objects`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def px(value: float) -> str:
    """A size in px: below 100 with one digit behind the point."""
    return number(round(float(value), 1 if value < 100 else 0))
