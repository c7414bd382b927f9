"""Figures over depth and of studies: every point, bar, fit and guide where it belongs."""

import numpy as np
import pytest

from rfengine import plots
from rfengine.metrics.profile import Curve
from rfengine.plots import DepthProfile, DepthSize, PowerLaw, Series, Study, style
from rfengine.plots.series import LinearLaw, LogarithmicLaw
from tests.metrics.maps import conv3_profile
from tests.plots.examples import legends, overlaps, words


def layers(*depths: int) -> list[DepthProfile]:
    found = []
    for depth in depths:
        line = np.array(conv3_profile(depth), float)
        found.append(DepthProfile(f"conv{depth}", depth, Curve(np.arange(depth + 1.0), line[depth:] / line.max())))
    return found


def sizes(*depths: int) -> list[DepthSize]:
    return [DepthSize(n, 2 * n + 1, 3.6 * n**0.5, {"50": n**0.5, "95": 3 * n**0.5}) for n in depths]


NOTES = ["constant forward, all weights 0.01"]


@pytest.mark.parametrize("depths", [(1,), (20, 4, 9), tuple(range(1, 21)), tuple(range(1, 200, 3))])
@pytest.mark.parametrize("levels", [(), (0.0012,), (0.0012, 0.04, 0.1, 0.5)])
def test_profiles_over_depth_at_any_depth(
    depths: tuple[int, ...], levels: tuple[float, ...], recwarn: pytest.WarningsRecorder
) -> None:
    figure = plots.depth_profiles(layers(*depths), title="Profile over depth", notes=NOTES, levels=levels)
    assert len(style.png(figure)) > 10_000
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []


def test_profiles_over_depth_show_every_layer_its_levels_and_the_guide() -> None:
    made = layers(*range(1, 21))
    figure = plots.depth_profiles(
        made[::-1], title="Profile of plain-20", notes=NOTES, levels=(0.0012,), guide=PowerLaw(3, 0.5)
    )
    left, _, right, _ = figure.axes
    curves = [line for line in left.lines if len(line.get_xdata()) > 1 and line.get_linestyle() == "-"]
    assert len(curves) == 20
    for line, layer in zip(curves, made, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), layer.profile.value)
    assert len({line.get_color() for line in curves}) == 20
    assert 0.0012 in [line.get_ydata()[0] for line in left.lines if line.get_linestyle() == ":"]
    (mesh,) = right.collections
    assert mesh.get_array().shape[1] == 20
    radii = next(line for line in right.lines if line.get_label().startswith("level"))
    # 3 sqrt(N) stands at 0.0012 (README of seed 000's research, section 7), to a pixel once there are a few layers.
    truth = [max(d for d, v in enumerate(layer.profile.value) if v >= 0.0012) for layer in made]
    assert radii.get_ydata().tolist() == truth
    guide = next(line for line in right.lines if line.get_label() == "3 · √N")
    assert guide.get_ydata()[-1] == pytest.approx(3 * 20**0.5)
    assert legends(figure)[:3] == ["depth 1: conv1", "depth 11: conv11", "depth 20: conv20"]
    assert "constant forward, all weights 0.01" in words(figure)


def test_too_many_levels_and_no_layers_are_refused() -> None:
    with pytest.raises(ValueError, match="5 levels"):
        plots.depth_profiles(layers(1), title="", notes=[], levels=(0.1, 0.2, 0.3, 0.4, 0.5))
    with pytest.raises(ValueError, match="0 layers"):
        plots.depth_profiles([], title="", notes=[])
    with pytest.raises(ValueError, match="one layer or more"):
        plots.depth_sizes([], title="", notes=[])


@pytest.mark.parametrize("depths", [(1,), (5, 50), tuple(range(1, 41))])
def test_sizes_over_depth(depths: tuple[int, ...], recwarn: pytest.WarningsRecorder) -> None:
    figure = plots.depth_sizes(sizes(*depths), title="Sizes over depth", notes=NOTES)
    assert len(style.png(figure)) > 10_000
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []


def test_sizes_grow_as_the_root_and_shares_fall_as_one_over_it() -> None:
    figure = plots.depth_sizes(sizes(*range(10, 41)), title="Sizes over depth", notes=NOTES)
    left, right = figure.axes
    assert (left.get_xscale(), left.get_yscale(), right.get_yscale()) == ("log", "log", "log")
    said = legends(figure)
    assert "slope 0.500: 3.6 · x^0.500" in said
    slope = float(next(w for w in said if w.startswith("slope -")).split(":")[0].split()[1])
    assert -0.5 < slope < -0.45
    assert {"theoretical", "as N", "as √N", "as 1/√N", "square with 95 % of the mass"} <= set(said)


SERIES = Series("xavier", [4, 16, 8], [6.0, 12.0, 8.5], error=[0.5, 1.0, 0.7], fit=PowerLaw(3.0, 0.5))


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_study_shows_points_bars_fit_and_slope(scale, recwarn: pytest.WarningsRecorder) -> None:
    shown = Study(
        "Distance over depth", "depth, layers", "distance, px", [SERIES, Series("shifted", [4, 8], [9, 17])],
        notes=["3 seeds each"], x_scale=scale, y_scale=scale, guides={"as √N": PowerLaw(2.5, 0.5)},
    )  # fmt: skip
    figure = plots.study(shown)
    (axes,) = figure.axes
    assert (axes.get_xscale(), axes.get_yscale()) == (scale, scale)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("depth, layers", "distance, px")
    points = axes.containers[0].lines[0]
    assert points.get_xydata().tolist() == [[4, 6.0], [8, 8.5], [16, 12.0]]
    (bars,) = axes.containers[0].lines[2]
    assert [s[:, 1].tolist() for s in bars.get_segments()] == [[5.5, 6.5], [pytest.approx(7.8), 9.2], [11.0, 13.0]]
    fit = next(line for line in axes.lines if line.get_label() == "slope 0.500: 3 · x^0.500")
    np.testing.assert_allclose(fit.get_ydata(), 3 * np.sqrt(fit.get_xdata()))
    assert (fit.get_xdata()[0], fit.get_xdata()[-1]) == pytest.approx((4, 16))
    assert len(legends(figure)) == 4
    assert words(figure)[:2] == ["Distance over depth", "3 seeds each"]
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []


@pytest.mark.parametrize(
    ("law", "words_of_it", "expected"),
    [
        (LogarithmicLaw(35.41, 5.837), "35.41 + 5.837 · ln x", lambda x: 35.41 + 5.837 * np.log(x)),
        (LinearLaw(70, -0.01), "70 − 0.01 · x", lambda x: 70 - 0.01 * x),
    ],
)
@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_law_that_is_no_power_is_drawn_through_its_points(law, words_of_it, expected, scale) -> None:
    shown = Study("Accuracy", "size, px", "top-1, %", [Series("nets", [200, 3000, 483], [57, 80, 75], fit=law)],
                  x_scale=scale)  # fmt: skip
    figure = plots.study(shown)
    (axes,) = figure.axes
    assert axes.containers[0].lines[0].get_linestyle() == "None"
    (curve,) = [line for line in axes.lines if line.get_label() == words_of_it]
    np.testing.assert_allclose(curve.get_ydata(), expected(curve.get_xdata()))
    assert (curve.get_xdata()[0], curve.get_xdata()[-1]) == pytest.approx((200, 3000))
    assert legends(figure) == ["nets", words_of_it]


def test_a_straight_law_reaches_points_at_and_below_zero() -> None:
    figure = plots.study(Study("Shift", "x", "y", [Series("one", [-2, 0, 2], [1, 2, 3], fit=LinearLaw(2, 0.5))]))
    curve = next(line for line in figure.axes[0].lines if line.get_label() == "2 + 0.5 · x")
    assert curve.get_xydata()[0].tolist() == [-2, 1]


def test_many_series_are_told_apart() -> None:
    many = [Series(f"depth {n}", [1, 2, 3], [n, n + 1, n + 2]) for n in range(12)]
    figure = plots.study(Study("Many", "x", "y", many))
    looks = {(c.lines[0].get_color(), c.lines[0].get_marker()) for c in figure.axes[0].containers}
    assert len(looks) == 12
    assert overlaps(figure) == []


def test_long_and_odd_names_are_cut_and_never_mathematics() -> None:
    odd = [Series("$\\frac{" + "x" * 200, [1, 2], [1, 2]), Series("b", [1, 2], [2, 1])]
    figure = plots.study(Study("$" + "t" * 300, "x", "y", odd, notes=["n " * 300]))
    assert overlaps(figure) == []
    assert len(style.svg(figure)) > 1000


@pytest.mark.parametrize(
    ("series", "scale", "said"),
    [
        (Series("a", [1, 2], [1]), "linear", "lengths"),
        (Series("a", [1, 2], [1, 2], error=[1]), "linear", "lengths"),
        (Series("a", [], []), "linear", "lengths"),
        (Series("a", [1, 2], [0, 2]), "log", "log axis"),
    ],
)
def test_what_cannot_be_drawn_is_refused(series: Series, scale, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plots.study(Study("s", "x", "y", [series], y_scale=scale))


def test_a_power_law_is_found_again() -> None:
    x = np.array([1.0, 2, 5, 9, 30])
    law = PowerLaw.through(x, 2.5 * x**0.56)
    assert law is not None
    assert (law.factor, law.exponent) == pytest.approx((2.5, 0.56))
    assert PowerLaw.through([3, 3], [1, 2]) is None
    assert PowerLaw.through([0, 3], [1, 2]) is None
