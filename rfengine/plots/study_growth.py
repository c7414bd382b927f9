"""Effective fields before and after training side by side, as a study found them."""

from collections.abc import Sequence

from matplotlib.figure import Figure

from rfengine.plots import style
from rfengine.plots.comparison import WIDTH, side_by_side
from rfengine.plots.measured import MeasuredMap
from rfengine.reports.text import extent, shorten


def study_maps(maps: Sequence[MeasuredMap], *, title: str, notes: Sequence[str] = (), decades: int = 4) -> Figure:
    """Up to four maps of one unit, each under its own label, with their profiles and sizes.

    Raises:
        ValueError: there is no map.
    """
    if not maps:
        raise ValueError("no map to draw; give one to four")
    lines = [f"theoretical field {extent(maps[0].trf)} px"]
    lines += [line for note in notes for line in style.wrapped(note, WIDTH - 2 * style.MARGIN)]
    return side_by_side(maps, shorten(title, 70), lines, decades=decades)
