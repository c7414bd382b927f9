"""The words over and under a picture of one effective receptive field."""

from collections.abc import Mapping, Sequence
from typing import Any

from rfengine.plots import style
from rfengine.plots.measured import MeasuredMap
from rfengine.reports.text import extent, shorten


def caption(shown: MeasuredMap, width: float) -> list[str]:
    """Under the headline: which unit, how the map was computed, and the two sizes to compare."""
    room = width - 2 * style.MARGIN
    at = shown.slice_at
    cut = f" · slice {at} of the first axis" if at is not None else ""
    metrics = shown.entry.metrics
    sizes = (
        f"Luo size {metrics.luo_size:.1f} px · theoretical {extent(shown.trf)} px · "
        f"share {100 * metrics.share_of_trf:.0f} %"
    )
    how = policy(shown)
    return [
        *style.wrapped(f"{unit(shown)} · {shown.computed}{cut}", room),
        *(style.wrapped(how, room) if how else []),
        sizes,
    ]


def unit(shown: MeasuredMap) -> str:
    """Which unit, and the image it looks at."""
    index = ", ".join(str(u) for u in shown.entry.unit)
    return f"unit ({index}) · image {extent(shown.entry.canvas)} px"


def policy(shown: MeasuredMap) -> str:
    """What was done to the network, and on which inputs, as the report has it."""
    parts = [
        f"{key.replace('_', ' ')} {_words(value)}" for key, value in shown.entry.policy.items() if value is not None
    ]
    if shown.entry.inputs:
        parts.append(f"inputs {_words(shown.entry.inputs)}")
    return " · ".join(parts)


def headline(kind: str, tensor: str) -> str:
    """What is shown, of which tensor."""
    return f"{kind} of {shorten(tensor, 34)}"


def trf_label(shown: MeasuredMap) -> str:
    """The legend's words for the theoretical field."""
    beyond = any(first < 0 or last >= n for (first, last), n in zip(shown.field, shown.entry.canvas, strict=True))
    return f"theoretical field {extent(shown.trf)} px{', beyond the image' if beyond else ''}"


def _words(value: Any) -> str:
    """A value of the policy without brackets and quotes."""
    if isinstance(value, Mapping):
        kind = [str(value["kind"])] if "kind" in value else []
        rest = (f"{key.replace('_', ' ')} {_words(v)}" for key, v in value.items() if key != "kind" and v is not None)
        return ", ".join([*kind, *rest])
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(map(_words, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
