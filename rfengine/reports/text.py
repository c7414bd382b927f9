"""Words for what reports, tables and pictures say alike: names that fit, sizes per axis."""

from collections.abc import Sequence

ELLIPSIS = "…"
UNPRINTABLE = "\ufffd"


def shorten(name: str, width: int) -> str:
    """A name of at most `width` characters, cut in the middle: both ends of a tensor's name tell it from others.

    What cannot be printed is replaced: a model's names are a stranger's and may hold line breaks or terminal codes.
    """
    name = "".join(c if c.isprintable() else UNPRINTABLE for c in name)
    if len(name) <= width:
        return name
    head = (width - 1) // 2
    return f"{name[:head]}{ELLIPSIS}{name[len(name) - (width - 1 - head) :]}"


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
