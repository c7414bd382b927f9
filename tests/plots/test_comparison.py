"""Estimators side by side: one scale of space about the unit, one table of sizes."""

from dataclasses import replace

import numpy as np
import pytest

from rfengine import plots
from rfengine.plots import MeasuredMap, style
from tests.plots.examples import EXAMPLES, chain, legends, overlaps, rectangles, words


def trio(first: MeasuredMap) -> list[MeasuredMap]:
    return [
        first,
        replace(first, values=np.sqrt(first.values), estimator="closed_form", computed="He weights"),
        replace(first, estimator="gradient", computed="abs over 4 noise images"),
    ]


@pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
@pytest.mark.parametrize("count", [1, 2, 3])
def test_every_map_is_compared(example: MeasuredMap, count: int, recwarn: pytest.WarningsRecorder) -> None:
    figure = plots.estimators(trio(example)[:count])
    assert len(style.png(figure)) > 10_000
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []


def test_maps_stand_on_one_scale_about_the_unit_whatever_their_canvas() -> None:
    small, large = chain(10, (64, 64), (22, 22)), chain(10, (96, 80), (30, 40))
    maps = plots.estimators([small, replace(large, estimator="gradient")]).axes[:2]
    assert maps[0].get_xlim() == maps[1].get_xlim()
    assert maps[0].get_ylim() == maps[1].get_ylim()
    for axes, shown in zip(maps, (small, large), strict=True):
        assert (-10.5, -10.5, 21, 21) in rectangles(axes)
        (image,) = axes.images
        height, width = shown.values.shape
        y, x = shown.entry.centre_px
        assert tuple(image.get_extent()) == (-x, width - x, height - y, -y)


def test_profiles_and_table_say_the_sizes_of_each() -> None:
    maps = trio(EXAMPLES["inside"])
    figure = plots.estimators(maps)
    linear, log, table = [axes for axes in figure.axes if not axes.images and axes.get_label() != "<colorbar>"][-3:]
    for axes in (linear, log):
        curves = [line for line in axes.lines if len(line.get_xdata()) > 2]
        assert len(curves) == 3
        for line, shown in zip(curves, maps, strict=True):
            np.testing.assert_allclose(line.get_ydata()[:11], shown.relative[32, 32:43], rtol=1e-9)
    said = [text.get_text() for text in table.texts]
    for shown in maps:
        metrics = shown.entry.metrics
        at = said.index(shown.estimator)
        assert said[at + 1 : at + 5] == [
            f"{metrics.luo_size:.1f}", str(metrics.energy_side["95"]), *map(str, metrics.radius_px.axis.values())
        ]  # fmt: skip
    assert any(line.startswith("closed_form: He weights · weights he, gain 1.5") for line in words(figure))
    assert legends(figure)[0] == "theoretical field"


def test_a_signal_is_compared_by_its_profiles() -> None:
    assert not [axes for axes in plots.estimators(trio(EXAMPLES["signal"])).axes if axes.images]


def test_too_many_or_no_maps_are_refused() -> None:
    for maps in ([], trio(EXAMPLES["tiny"]) * 2):
        with pytest.raises(ValueError, match="give 1 to 4"):
            plots.estimators(maps)
