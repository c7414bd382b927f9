"""Design advice in a few lines for the terminal."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from api_schemas.advice import Advice, AdviceByInput
from api_schemas.report import Report
from rfengine.reports.text import extent, shorten

NAME_WIDTH, LISTED = 34, 3


def render_advice(report: Report) -> Text | None:
    """What the advice comes to, a line per finding; None when the report has none."""
    if report.advice is None:
        return None
    by_input = report.advice.by_input if isinstance(report.advice, AdviceByInput) else {"": report.advice}
    lines = [f"{_prefix(name)}{line}" for name, advice in by_input.items() for line in lines_of(advice)]
    return Text("\n".join(lines)) if lines else None


def lines_of(advice: Advice) -> Iterator[str]:
    """The findings in words."""
    image, suits = extent(advice.image), advice.resolutions
    if suits is None:
        return
    verdict = {
        "small": f"at {image} px layers have nothing new to put together",
        "suits": f"{image} px is in this range",
        "large": f"at {image} px no unit sees the whole image",
    }[advice.fit]
    yield f"The network suits images of {extent(suits.least)} to {extent(suits.most)} px; {verdict}."
    if advice.global_context:
        yield (
            "That is by local paths; the whole image also enters through "
            f"{_names(advice.global_context)} (global context)."
        )
    if advice.border is not None:
        yield (
            f"Unproductive: {len(advice.unproductive)} of {len(advice.layers)} layers, from "
            f"{shorten(advice.border, NAME_WIDTH)} on: their input already sees more than the image; "
            "drop them, or use larger images."
        )
    if advice.partly_unproductive:
        yield f"Unproductive along some axes: {_names(advice.partly_unproductive)}."
    if advice.doubtful:
        yield f"Doubtful (only shorter paths bring something new): {_names(advice.doubtful)}."
    if advice.checkerboard:
        yield f"Units of one map see different sizes in: {_names([found.tensor for found in advice.checkerboard])}."


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(shorten(name, NAME_WIDTH) for name in names[:LISTED]) + more


def _prefix(name: str) -> str:
    return f"{shorten(name, NAME_WIDTH)}: " if name else ""
