"""Words for what reports, tables and pictures say alike: names that fit, sizes per axis."""

import math
from collections.abc import Sequence

ELLIPSIS = "…"
NONE = "–"
UNPRINTABLE = "\ufffd"
SHORTEST_PREFIX = 4  # a shorter one costs the reader more than it saves


def shorten(name: str, width: int) -> str:
    """A name of at most `width` characters, cut in the middle: both ends of a tensor's name tell it from others.

    What cannot be printed is replaced: a model's names are a stranger's and may hold line breaks or terminal codes.
    """
    name = printable(name)
    if len(name) <= width:
        return name
    head = (width - 1) // 2
    return f"{name[:head]}{ELLIPSIS}{name[len(name) - (width - 1 - head) :]}"


def printable(name: str) -> str:
    """A stranger's name without line breaks and terminal codes."""
    return "".join(c if c.isprintable() else UNPRINTABLE for c in name)


def common_prefix(names: Sequence[str]) -> str:
    """The part of a path (`net/block1/`, `model.22.`) that all names begin with; empty where it saves nothing."""
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)  # of sorted names these two share least
    unlike = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
    shared = first[:unlike]
    prefix = shared[: max(shared.rfind("/"), shared.rfind(".")) + 1]
    return prefix if len(prefix) >= SHORTEST_PREFIX and prefix not in names else ""


def number(value: float) -> str:
    """A number without idle digits: 4, 0.5, 427."""
    return f"{value:.6g}"


def per_axis(values: Sequence[float], separator: str = "×") -> str:
    """One figure per axis, h before w: `19×27`; a single one where all axes agree."""
    words = [number(value) for value in values]
    return words[0] if len(set(words)) == 1 else separator.join(words)


def extent(values: Sequence[float]) -> str:
    """An extent with every axis spelt out: `19 × 19`."""
    return " × ".join(number(value) for value in values)


def percent(share: float | None) -> str:
    """`92.4 %`. What is short of everything never reads as 100, what is above nothing never as 0."""
    if share is None:
        return NONE
    words = f"{100 * share:.1f}"
    if share < 1 and words == "100.0":
        words = "99.9"
    if share > 0 and words == "0.0":
        words = "<0.1"
    return f"{words.removesuffix('.0')} %"


def limit_px(value: float, *, up: bool) -> str:
    """A limit in px, rounded to its inner side: what is said to fit does."""
    step = 1.0 if value >= 10 else 0.1
    return number(round((math.ceil if up else math.floor)(round(value / step, 6)) * step, 1))
