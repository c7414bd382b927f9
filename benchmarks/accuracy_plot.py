"""The picture of the study accuracy-and-trf: every network with its name, and the logarithmic fits.

python -m benchmarks.accuracy_plot RESULT PICTURE

RESULT is what `rfengine study accuracy-and-trf` wrote.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from rfengine.plots import style

WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM = 10.0, 5.6, 0.95, 0.4, 1.45
SIZES, TICKS = (150, 4600), (200, 500, 1000, 2000, 4000)
ACCURACIES = (55, 83)
LOOKS = {
    "ten networks of the article": (style.BLUE, "o", style.DASHED),
    "the ten without AlexNet": (style.GREEN, None, (0, (1, 1.6))),
    "the ten and four more of TF-slim": (style.VERMILION, "D", "-"),
}
# Where a name stands beside its mark, in points; elsewhere to the right and a little below.
PLACES = {
    "vgg_16": (-9, -4), "resnet_v1_50": (-9, -4), "resnet_v2_50": (-9, 5), "inception_v2": (9, -9),
    "resnet_v1_101": (9, -10), "resnet_v2_101": (-9, 5), "inception_v3": (-9, 5), "resnet_v2_152": (9, -4),
    "inception_resnet_v2": (-2, -18), "inception_v4": (-9, 7),
}  # fmt: skip


def draw(result: Mapping[str, Any]) -> bytes:
    """PNG of accuracy over size."""
    lines = ["accuracies as published (Araujo et al. 2019, TF-slim), sizes found here; a correlation, no cause"]
    figure = style.new_figure(WIDTH, BOTTOM + HEIGHT + style.header_height(lines))
    axes = style.box(figure, LEFT, BOTTOM, WIDTH - LEFT - RIGHT, HEIGHT)
    axes.set(xscale="log", xlim=SIZES, ylim=ACCURACIES)
    _networks(axes, result["rows"])
    style.dress(axes, x="theoretical receptive field, px", y="ImageNet top-1 accuracy, %")
    axes.xaxis.set_major_locator(FixedLocator(TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    axes.grid(color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)
    legend = [_fit(axes, fit) for fit in result["fits"]]
    style.heading(figure, "Accuracy over the theoretical receptive field", lines)
    style.footer(figure, legend, columns=1)
    return style.png(figure)


def _networks(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    """One mark per network, in the look of the first series that has it."""
    seen: set[str] = set()
    for row in rows:
        name = row["parameters"]["net"]
        if name in seen:
            continue
        seen.add(name)
        size, accuracy = (row["measures"][measure]["mean"] for measure in ("size", "top1"))
        colour, marker, _ = LOOKS[row["series"]]
        axes.plot(size, accuracy, ls="none", marker=marker, ms=8, color=colour, mec=style.PAPER, mew=0.8, zorder=4)
        place = PLACES.get(name, (9, -4))
        axes.annotate(
            name, (size, accuracy), place, textcoords="offset points", ha="left" if place[0] > 0 else "right",
            fontsize=style.SMALL, color=style.INK, bbox=style.PLATE, zorder=3,
        )  # fmt: skip


def _fit(axes: Axes, fit: Mapping[str, Any]) -> Line2D:
    """The fitted line, and its entry in the legend."""
    colour, marker, dashes = LOOKS[fit["series"]]
    x = np.geomspace(*SIZES, 50)
    axes.plot(x, fit["intercept"] + fit["slope"] * np.log(x), color=colour, ls=dashes, lw=1.6, zorder=2)
    words = f"{fit['series']}: {fit['intercept']:.1f} + {fit['slope']:.2f} ln size, R² {fit['r2']:.2f}"
    return Line2D([], [], color=colour, ls=dashes, lw=1.6, marker=marker, ms=7, label=words)


def main() -> None:
    """Draw it."""
    result = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_bytes(draw(result))


if __name__ == "__main__":
    main()
