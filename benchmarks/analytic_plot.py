"""The costs of the analytic path as a picture: nodes against milliseconds, both logarithmic."""

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, NullFormatter

from rfengine.plots import style

if TYPE_CHECKING:
    from benchmarks.analytic import Cost

WIDTH, PLOT, LEFT, RIGHT, BOTTOM = 9.0, 4.9, 0.95, 0.35, 1.0
NODES, MILLISECONDS = (80, 13_000), (2.5, 700)
GOAL_MS = 30.0

# The networks that are drawn, and where their names stand: points to the right (or left) of and above their marks.
PLACES = {
    "light_resnet50": (9, -11),
    "light_shufflenet": (9, -4),
    "light_inception_v2": (9, -9),
    "resnet152": (9, -9),
    "light_densenet121": (9, -4),
    "densenet201": (-9, -4),
}


def draw(costs: "Sequence[Cost]") -> bytes:
    """PNG of the time to find all fields of networks and of chains of growing length, beside a straight line."""
    lines = ["fields of all tensors of a network, after import · along the dashed line the cost is linear in nodes"]
    figure = style.new_figure(WIDTH, BOTTOM + PLOT + style.header_height(lines))
    axes = style.box(figure, LEFT, BOTTOM, WIDTH - LEFT - RIGHT, PLOT)
    axes.set(xscale="log", yscale="log", xlim=NODES, ylim=MILLISECONDS)
    chains = [cost for cost in costs if cost.is_chain]
    each = median(cost.fields / cost.nodes for cost in chains)
    _guide(axes, each)
    axes.axhline(GOAL_MS, color=style.FAINT, lw=1.2, zorder=1)
    axes.text(NODES[0] * 1.06, GOAL_MS * 1.05, f"{GOAL_MS:g} ms", fontsize=style.SMALL, color=style.QUIET, va="bottom")
    axes.plot(
        [c.nodes for c in chains], [c.fields * 1e3 for c in chains],
        color=style.BLUE, marker="o", ms=8, lw=2, mec=style.PAPER, mew=0.8, zorder=4,
    )  # fmt: skip
    for cost in costs:
        if cost.name in PLACES:
            _network(axes, cost)
    style.dress(axes, x="nodes of the graph", y="all fields, ms")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.set_minor_formatter(NullFormatter())
    style.heading(figure, "Cost of the theoretical receptive fields", lines)
    style.footer(figure, _legend(each), columns=3)
    return style.png(figure)


def _guide(axes: Axes, each: float) -> None:
    """Time proportional to nodes, `each` seconds a node."""
    axes.plot(NODES, [n * each * 1e3 for n in NODES], color=style.QUIET, ls=style.DASHED, lw=1.3, zorder=2)


def _network(axes: Axes, cost: "Cost") -> None:
    x, y = cost.nodes, cost.fields * 1e3
    axes.plot(x, y, marker="D", ms=7, color=style.VERMILION, mec=style.PAPER, mew=0.8, zorder=5)
    name = cost.name.removeprefix("light_")
    # Few nodes, many edges: what lies above the line is explained where it lies.
    label = f"{name}, {cost.edges:,} edges" if cost.edges > 2 * cost.nodes else name
    place = PLACES[cost.name]
    axes.annotate(
        label, (x, y), place, textcoords="offset points", ha="left" if place[0] > 0 else "right",
        fontsize=style.SMALL, color=style.INK, bbox=style.PLATE, zorder=3,
    )  # fmt: skip


def _legend(each: float) -> list[Line2D]:
    return [
        Line2D([], [], color=style.BLUE, marker="o", ms=7, lw=2, label="residual chain"),
        Line2D([], [], color=style.VERMILION, marker="D", ms=6, ls="none", label="published network"),
        Line2D([], [], color=style.QUIET, ls=style.DASHED, lw=1.3, label=f"{each * 1e6:.0f} µs a node"),
    ]
