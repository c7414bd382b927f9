"""The words over and under a picture of one effective receptive field."""

from collections.abc import Sequence

from api_schemas.report import ErfEntry
from rfengine.plots import style
from rfengine.reports.text import extent, shorten

Interval = tuple[int, int]


def caption(entry: ErfEntry, computed: str, field: Sequence[Interval], width: float) -> list[str]:
    """Under the headline: which unit, how it was computed, and the two sizes to compare."""
    unit = ", ".join(str(u) for u in entry.unit)
    metrics = entry.metrics
    sizes = (
        f"Luo size {metrics.luo_size:.1f} px · theoretical {extent(trf(field))} px · "
        f"share {100 * metrics.share_of_trf:.0f} %"
    )
    return [*style.wrapped(f"unit ({unit}) · {computed}", width - 2 * style.MARGIN), sizes]


def headline(kind: str, tensor: str) -> str:
    """What is shown, of which tensor."""
    return f"{kind} of {shorten(tensor, 34)}"


def trf(field: Sequence[Interval]) -> list[int]:
    """Theoretical size per axis of a field given as first and last pixel."""
    return [last - first + 1 for first, last in field]


def trf_label(field: Sequence[Interval], canvas: Sequence[int]) -> str:
    """The legend's words for the theoretical field."""
    beyond = any(first < 0 or last >= n for (first, last), n in zip(field, canvas, strict=True))
    return f"theoretical field {extent(trf(field))} px{', beyond the image' if beyond else ''}"
