"""Profiles and sizes over depth: how an effective field spreads from layer to layer."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, LogNorm, Normalize, to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from rfengine.plots import marks, style
from rfengine.plots.series import DepthProfile, DepthSize, PowerLaw, Series, Study
from rfengine.plots.studies import plot_series
from rfengine.reports.text import number, shorten

WIDTH, HEIGHT, LEFT, PANEL = 13.2, 4.7, 0.95, 4.7
LEVELS = (style.VERMILION, style.GREEN, style.PURPLE, style.INK)
# The ramp's light end would not be seen on paper.
RAMP = (0.0, 0.88)
# So many layers are all named.
FEW = 6


def depth_profiles(
    layers: Sequence[DepthProfile],
    *,
    title: str,
    notes: Sequence[str],
    levels: Sequence[float] = (),
    guide: PowerLaw | None = None,
    decades: int = 5,
) -> Figure:
    """Axis profiles of a network's layers: as curves in a ramp of colours, and as an image over depth.

    `levels`: shares of the maximum to mark, at most four. `guide`: a radius over depth to draw beside the levels, such
    as the 3 sqrt(N) at which a chain of 3x3 convolutions of ones stands at 0.0012.

    Raises:
        ValueError: no layer, or more levels than there are colours.
    """
    if not layers or len(levels) > len(LEVELS):
        raise ValueError(
            f"{len(layers)} layers and {len(levels)} levels: give one layer or more, {len(LEVELS)} levels at most"
        )
    ordered = sorted(layers, key=lambda layer: layer.depth)
    lines = [line for note in notes for line in style.wrapped(note, WIDTH - 2 * style.MARGIN)]
    named = _named(ordered)
    bottom = style.footer_height(max(len(named), len(levels) + 1), 1) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + 0.3 + style.header_height(lines))
    left = style.box(figure, LEFT, bottom, PANEL, HEIGHT)
    ramp = _curves(left, ordered, levels, decades)
    _bar(figure, ramp, style.box(figure, LEFT + PANEL + 0.14, bottom, 0.18, HEIGHT), "depth, layers")
    right = style.box(figure, LEFT + PANEL + 1.75, bottom, PANEL, HEIGHT)
    image = _image(right, ordered, decades)
    _bar(figure, image, style.box(figure, LEFT + 2 * PANEL + 1.89, bottom, 0.18, HEIGHT), "share of maximum")
    curves = [Line2D([], [], lw=2.4, color=_colour(ramp, layer), label=_words(layer)) for layer in named]
    marked = [*_radii(right, ordered, levels), *_guide(right, ordered, guide)]
    style.heading(figure, shorten(title, 80), lines)
    style.grouped_footer(figure, (curves, marked), at=(LEFT, LEFT + PANEL + 1.75))
    return figure


def depth_sizes(layers: Sequence[DepthSize], *, title: str, notes: Sequence[str]) -> Figure:
    """Sizes over depth beside guides of the same growth as N and as its root, and as shares of the theoretical size.

    After figure 4 of Luo et al. (2016): exponents of the fitted power laws stand in the legend.

    Raises:
        ValueError: no layer, or one without depth or size.
    """
    if not layers or min(min(layer.depth, layer.trf, layer.luo_size) for layer in layers) <= 0:
        raise ValueError("sizes over depth need one layer or more, each with a positive depth and sizes")
    ordered = sorted(layers, key=lambda layer: layer.depth)
    lines = [line for note in notes for line in style.wrapped(note, WIDTH - 2 * style.MARGIN)]
    sizes, shares = _sizes(ordered), _shares(ordered)
    entries = max(sum(1 + (s.fit is not None) for s in one.series) + len(one.guides) for one in (sizes, shares))
    bottom = style.footer_height(entries, 1) + 0.75
    figure = style.new_figure(WIDTH, bottom + HEIGHT + style.header_height(lines))
    groups = [
        plot_series(style.box(figure, at, bottom, 5.35, HEIGHT), shown)
        for at, shown in ((LEFT, sizes), (LEFT + 6.55, shares))
    ]
    style.heading(figure, shorten(title, 80), lines)
    style.grouped_footer(figure, groups, at=(LEFT, LEFT + 6.55))
    return figure


def _named(layers: Sequence[DepthProfile]) -> list[DepthProfile]:
    """The layers that the legend names: all of a few, else the first, the middle and the last."""
    return list(layers) if len(layers) <= FEW else [layers[0], layers[len(layers) // 2], layers[-1]]


def _colour(ramp: ScalarMappable, layer: DepthProfile) -> str:
    return to_hex(tuple(ramp.to_rgba(np.array(layer.depth))))


def _words(layer: DepthProfile) -> str:
    return f"depth {layer.depth}: {shorten(layer.label, 40)}"


def _curves(axes: Axes, layers: Sequence[DepthProfile], levels: Sequence[float], decades: int) -> ScalarMappable:
    ramp = _ramp(layers)
    for layer in layers:
        value = np.where(layer.profile.value > 0, layer.profile.value, np.nan)
        axes.plot(layer.profile.distance, value, color=_colour(ramp, layer), lw=1.5)
    axes.set_yscale("log")
    axes.set_ylim(10.0**-decades, 2.0)
    axes.set_xlim(0, _farthest(layers, decades))
    for level, colour in zip(levels, LEVELS, strict=False):
        axes.axhline(level, color=colour, lw=1.3, ls=":", zorder=1)
    style.dress(axes, x="distance from the unit's centre, px", y="share of the map's maximum")
    axes.set_title("profile of every layer", loc="left", fontsize=style.LABEL, color=style.INK)
    axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    axes.grid(axis="y", color=style.FAINT, lw=0.5)
    axes.set_axisbelow(True)
    return ramp


def _ramp(layers: Sequence[DepthProfile]) -> ScalarMappable:
    low, high = layers[0].depth, layers[-1].depth
    colours = colormaps["viridis"](np.linspace(*RAMP, 256))
    return ScalarMappable(Normalize(low, max(high, low + 1)), ListedColormap(colours))


def _image(axes: Axes, layers: Sequence[DepthProfile], decades: int) -> ScalarMappable:
    """Distance over depth: one column per layer, as wide as it is to the next."""
    depths = np.array([layer.depth for layer in layers], float)
    farthest = _farthest(layers, decades)
    distance = np.arange(0.0, np.ceil(farthest) + 1.0)
    columns = [np.interp(distance, layer.profile.distance, layer.profile.value, right=0.0) for layer in layers]
    between = (depths[1:] + depths[:-1]) / 2
    first = depths[0] - (between[0] - depths[0] if len(between) else 0.5)
    last = depths[-1] + (depths[-1] - between[-1] if len(between) else 0.5)
    share = np.stack(columns, axis=1)
    mesh = axes.pcolormesh(
        np.array([first, *between, last]), np.arange(len(distance) + 1) - 0.5, np.ma.masked_less_equal(share, 0.0),
        norm=LogNorm(10.0**-decades, 1.0), cmap="magma", rasterized=True,
    )  # fmt: skip
    axes.set_facecolor(marks.NOT_READ)
    axes.set_xlim(first, last)
    axes.set_ylim(-0.5, farthest)
    style.dress(axes, x="depth, layers", y="distance from the unit's centre, px")
    axes.set_title("the same over depth", loc="left", fontsize=style.LABEL, color=style.INK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10], min_n_ticks=1))
    return mesh


def _farthest(layers: Sequence[DepthProfile], decades: int) -> float:
    """Where the last curve falls below the scale."""
    ends = [float(layer.profile.distance[layer.profile.value >= 10.0**-decades].max(initial=0.0)) for layer in layers]
    return max(1.05 * max(ends), 1.5)


def _radii(axes: Axes, layers: Sequence[DepthProfile], levels: Sequence[float]) -> list[Artist]:
    """Per level, the largest distance at which each layer still reaches it."""
    handles: list[Artist] = []
    for level, colour in zip(levels, LEVELS, strict=False):
        found = [
            (layer.depth, float(layer.profile.distance[layer.profile.value >= level].max()))
            for layer in layers
            if (layer.profile.value >= level).any()
        ]
        label = f"level {number(level)}"
        if found:
            label += f": radius {number(found[-1][1])} px at depth {found[-1][0]}"
        handles += axes.plot(
            [depth for depth, _ in found], [radius for _, radius in found], color=colour, marker="o", ms=5,
            mec=style.PAPER, mew=0.8, lw=1.6, path_effects=style.outlined(1.6), label=label, zorder=4,
        )  # fmt: skip
    return handles


def _guide(axes: Axes, layers: Sequence[DepthProfile], guide: PowerLaw | None) -> list[Artist]:
    if guide is None:
        return []
    depth = np.linspace(max(layers[0].depth, 1e-3), max(layers[-1].depth, 1), 200)
    label = f"{number(guide.factor)} · {'√N' if guide.exponent == 0.5 else f'N^{number(guide.exponent)}'}"
    return list(
        axes.plot(
            depth, guide.factor * depth**guide.exponent, color=style.SKY, lw=2.0, ls=style.DASHED,
            path_effects=style.outlined(2.0), label=label, zorder=5,
        )
    )  # fmt: skip


def _sizes(layers: Sequence[DepthSize]) -> Study:
    depth = [float(layer.depth) for layer in layers]
    trf, luo = [layer.trf for layer in layers], [layer.luo_size for layer in layers]
    percents = [p for p in ("50", "95") if all(p in layer.energy_side for layer in layers)]
    series = [
        Series("theoretical", depth, trf),
        Series("Luo size", depth, luo, fit=PowerLaw.through(depth, luo)),
        *(
            Series(f"square with {p} % of the mass", depth, [layer.energy_side[p] for layer in layers])
            for p in percents
        ),
    ]
    guides = {"as N": PowerLaw(trf[-1] / depth[-1], 1.0), "as √N": PowerLaw(luo[-1] / depth[-1] ** 0.5, 0.5)}
    return Study("", "depth, layers", "size, px", series, x_scale="log", y_scale="log", guides=guides)


def _shares(layers: Sequence[DepthSize]) -> Study:
    depth = [float(layer.depth) for layer in layers]
    luo = [layer.luo_size / layer.trf for layer in layers]
    series = [Series("Luo size over theoretical size", depth, luo, fit=PowerLaw.through(depth, luo))]
    guides = {"as 1/√N": PowerLaw(luo[-1] * depth[-1] ** 0.5, -0.5)}
    return Study(
        "", "depth, layers", "share of the theoretical size", series, x_scale="log", y_scale="log", guides=guides
    )


def _bar(figure: Figure, image: ScalarMappable, place: Axes, label: str) -> None:
    bar = figure.colorbar(image, cax=place)
    bar.set_label(label, fontsize=style.LABEL, color=style.INK)
    bar.locator = LogLocator(base=10) if isinstance(image.norm, LogNorm) else MaxNLocator(6, integer=True)
    place.tick_params(colors=style.QUIET, labelcolor=style.INK, labelsize=style.SMALL)
    place.yaxis.set_minor_locator(NullLocator())
    bar.outline.set_visible(False)
