"""The effective field of one training's network, before and after: side by side on one scale."""

from dataclasses import replace

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from api_schemas.sweep_result import RunSpec
from rfengine.plots import style
from rfengine.plots.caption import headline, policy, unit
from rfengine.plots.comparison import WIDTH, side_by_side
from rfengine.plots.measured import MeasuredMap
from rfengine.reports.text import extent

DASHES = (0, (3, 2))


def sweep_grown(
    before: MeasuredMap, after: MeasuredMap, run: RunSpec, *, accuracy: float | None, decades: int = 6
) -> Figure:
    """Both maps of a run's network with their profiles and sizes, and the distance that its mark stood at.

    Space is counted from the unit's centre, colours are shares of each map's own maximum.
    """
    distance = run.distance_px
    maps = [replace(before, estimator="before training"), replace(after, estimator="after training")]
    learnt = (
        f"trained at {distance} px, seed {run.seed}: {'failed' if accuracy is None else f'accuracy {accuracy:.3f}'}"
    )
    lines = [f"{unit(before)} · theoretical field {extent(before.trf)} px · {learnt}"]
    how = " · ".join(filter(None, (before.computed, policy(before))))
    lines += style.wrapped(how, WIDTH - 2 * style.MARGIN)
    mark = Line2D([], [], color=style.GREEN, lw=1.8, ls=DASHES, label=f"distance of the mark, {distance} px")
    title = headline("Before and after training: effective field", run.network)
    # Along h: a diaeresis stands above its letter.
    figure = side_by_side(maps, title, lines, decades=decades, axis=0, reach=distance, more=[mark])
    for axes in figure.axes:
        if axes.images and axes.get_label() != "<colorbar>":
            circle = Circle((0, 0), distance, fill=False, edgecolor=style.GREEN, lw=1.8, ls=DASHES, zorder=6)
            circle.set_path_effects(style.outlined(1.8))
            axes.add_patch(circle)
        elif axes.axison and axes.get_label() != "<colorbar>":
            axes.axvline(distance, color=style.GREEN, lw=1.8, ls=DASHES, zorder=1)
    return figure
