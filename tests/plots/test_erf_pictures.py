"""Pictures of one map: they show what they must, where it belongs, in words that do not collide."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from rfengine import plots
from rfengine.errors import BadInput
from rfengine.plots import MeasuredMap, style
from rfengine.plots.marks import NOT_READ
from rfengine.plots.view import READABLE, two_panels, view_of
from tests.plots.examples import EXAMPLES, chain, colours, legends, overlaps, pixels, places, rectangles, words

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)
PLANAR = {name: example for name, example in EXAMPLES.items() if example.values.ndim > 1}
Draw = Callable[[MeasuredMap], Figure]


@every_example
@pytest.mark.parametrize("draw", [plots.heatmap, plots.profile])
def test_every_map_gives_a_picture(draw: Draw, example: MeasuredMap, recwarn: pytest.WarningsRecorder) -> None:
    check(draw(example), recwarn)


@pytest.mark.parametrize("example", PLANAR.values(), ids=PLANAR)
def test_every_plane_is_drawn_over_an_image(example: MeasuredMap, recwarn: pytest.WarningsRecorder) -> None:
    check(plots.on_image(example), recwarn)


def check(figure: Figure, recwarn: pytest.WarningsRecorder) -> None:
    picture = pixels(figure)
    assert picture.shape[0] > 500
    assert picture.shape[1] > 1000
    assert colours(picture) > 50
    # The outermost pixels stay paper: nothing is cut off.
    assert all((edge == 255).all() for edge in (picture[:8], picture[-3:], picture[:, :8], picture[:, -3:]))
    assert overlaps(figure) == []
    assert [str(w.message) for w in recwarn] == []


@pytest.mark.parametrize("draw", [plots.heatmap, plots.profile, plots.on_image])
def test_equal_results_give_equal_bytes_without_software_or_date(draw: Draw) -> None:
    example = EXAMPLES["inside"]
    again = replace(example, values=example.values.copy())
    png, svg = style.png(draw(example)), style.svg(draw(example))
    assert png == style.png(draw(again))
    assert svg == style.svg(draw(again))
    assert not any(chunk in png for chunk in (b"tEXt", b"tIME", b"iTXt", b"zTXt"))
    assert b"<dc:date>" not in svg


def test_svg_has_words_as_words_and_maps_as_pixels() -> None:
    example = chain(60, (300, 300), (90, 90))
    svg = style.svg(plots.heatmap(example))
    root = ElementTree.fromstring(svg)
    said = [element.text for element in root.iter() if element.tag.endswith("}text")]
    assert "Effective receptive field of features.7/Conv" in said
    assert sum(element.tag.endswith("}image") for element in root.iter()) >= 2
    assert len(svg) < 400_000


def test_svg_leaves_the_global_settings_alone() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    style.svg(plots.heatmap(EXAMPLES["tiny"]))
    assert dict(matplotlib.rcParams) == before


def test_the_map_is_shown_linear_and_logarithmic_at_the_same_place() -> None:
    example = EXAMPLES["inside"]
    linear, _, log, _ = plots.heatmap(example).axes
    for axes in (linear, log):
        (image,) = axes.images
        assert tuple(image.get_extent()) == (0, 64, 64, 0)
        np.testing.assert_allclose(np.ma.filled(image.get_array(), 0.0), example.relative, atol=1e-6)
        np.testing.assert_array_equal(np.ma.getmaskarray(image.get_array()), example.values == 0)
    assert linear.images[0].norm(0.5) == pytest.approx(0.5)
    assert log.images[0].norm(1e-3) == pytest.approx(0.5)
    assert linear.get_xlim() == log.get_xlim()


def test_theoretical_field_and_energy_squares_lie_about_the_unit() -> None:
    example = chain(10, (64, 48), (22, 8))
    for axes in plots.heatmap(example).axes[::2]:
        found = rectangles(axes)
        assert (8, 22, 21, 21) in found
        for side in example.entry.metrics.energy_side.values():
            assert (18.5 - side / 2, 32.5 - side / 2, side, side) in found
        cross = [line for line in axes.lines if line.get_marker() == "+"]
        assert [line.get_xydata().tolist() for line in cross] == [[[18.5, 32.5]]]


def test_squares_that_coincide_share_a_line_of_the_legend() -> None:
    said = legends(plots.heatmap(EXAMPLES["tiny"]))
    assert "50, 90, 95, 99 % of the mass: square of 3 px" in said
    assert len(said) == 4
    sides = EXAMPLES["inside"].entry.metrics.energy_side
    assert {f"{p} % of the mass: square of {sides[p]} px" for p in ("50", "90", "95", "99")} <= set(
        legends(plots.heatmap(EXAMPLES["inside"]))
    )


def test_a_field_larger_than_the_image_is_drawn_whole_with_the_image_inside() -> None:
    example = EXAMPLES["larger than the image"]
    linear = plots.heatmap(example).axes[0]
    (left, right), (bottom, top) = linear.get_xlim(), linear.get_ylim()
    assert left < -24
    assert right > 57
    assert top < -20
    assert bottom > 61
    assert (-24, -20, 81, 81) in rectangles(linear)
    assert (0, 0, 32, 32) in rectangles(linear)
    assert not [text for text in linear.texts if "beyond" in text.get_text()]


def test_a_field_too_large_to_be_drawn_whole_is_said_on_every_side() -> None:
    linear = plots.heatmap(EXAMPLES["far larger than the image"]).axes[0]
    said = " ".join(text.get_text() for text in linear.texts)
    assert all(f"{distance} px beyond" in said for distance in (400, 398, 500, 498))
    assert linear.get_xlim()[0] > -10
    over = plots.on_image(EXAMPLES["far larger than the image"]).axes[0]
    assert all(f"{distance} px beyond" in " ".join(t.get_text() for t in over.texts) for distance in (400, 398, 500))


def test_the_view_shows_the_field_and_what_is_near() -> None:
    def edges(first: int, last: int, n: int) -> tuple[float, float]:
        return view_of(((first, last), (first, last)), (n, n))[0]

    assert edges(40, 60, 100) == pytest.approx((40 - 0.84, 61 + 0.84))
    # Nearly all of the image: then all of it.
    assert edges(5, 94, 100) == pytest.approx((-4, 104))
    least = edges(-100, 199, 100)
    assert least[0] < -100 < 200 < least[1]
    assert 100 / 300 > READABLE > 100 / 400
    assert edges(-150, 249, 100) == pytest.approx((-4, 104))
    # A unit that reads padding only.
    assert edges(-9, -2, 50) == pytest.approx((-2, 52))


def test_panels_stand_side_by_side_or_one_above_the_other() -> None:
    square = two_panels(((0, 10), (0, 10)), aside=1.0, above=0.5)
    assert square.at[0][1] == square.at[1][1]
    assert square.at[1][0] == square.width + 1.0
    assert square.width == square.height
    oblong = two_panels(((0, 10), (0, 40)), aside=1.0, above=0.5)
    assert oblong.at == ((0.0, oblong.height + 0.5), (0.0, 0.0))
    assert oblong.width == pytest.approx(4 * oblong.height)


def test_pixels_that_are_not_read_show_the_ground() -> None:
    gridded = pixels(plots.heatmap(EXAMPLES["gridded"]))
    height, width = gridded.shape[:2]
    middle = gridded[height // 4 : height // 2, width // 12 : width // 3]
    assert len(places(middle, NOT_READ)) > 0.3 * middle.shape[0] * middle.shape[1]


def test_faint_pixels_are_darkest_not_blank() -> None:
    figure = plots.heatmap(chain(20, (96, 96), (20, 20)))
    log = figure.axes[2].images[0]
    assert not np.ma.getmaskarray(log.get_array())[20:61, 20:61].any()
    assert len(places(pixels(figure), "#000004")) > 5000


@pytest.mark.parametrize("draw", [plots.heatmap, plots.profile, plots.on_image])
def test_names_are_never_mathematics_and_long_ones_are_cut(draw: Draw) -> None:
    computed = "mean $g$ " + "over many images " * 40
    figure = draw(replace(EXAMPLES["inside"], tensor="$\\frac{" + "x" * 300 + "$", computed=computed))
    assert overlaps(figure) == []
    assert (pixels(figure)[:, -8:] == 255).all()


@pytest.mark.parametrize("draw", [plots.heatmap, plots.profile, plots.on_image])
def test_the_caption_says_unit_way_policy_and_sizes(draw: Draw) -> None:
    said = " ".join(words(draw(EXAMPLES["inside"])))
    for part in (
        "features.7/Conv", "unit (3, 3) · image 64 × 64 px", "constant weights", "weights he, gain 1.5",
        "max pool average", "inputs noise, images 4, seed 0", "theoretical 21 × 21 px", "Luo size 11.7 px",
    ):  # fmt: skip
        assert part in said
    assert "None" not in said


def test_the_profile_shows_curves_levels_and_sizes() -> None:
    example = EXAMPLES["inside"]
    linear, log = plots.profile(example).axes
    assert (linear.get_yscale(), log.get_yscale()) == ("linear", "log")
    assert linear.get_xlim() == log.get_xlim()
    metrics = example.entry.metrics
    for axes in (linear, log):
        (dots,) = [line for line in axes.lines if line.get_label() == "axis radius at the levels"]
        assert {tuple(p) for p in dots.get_xydata().tolist()} == {
            (radius, float(level)) for level, radius in metrics.radius_px.axis.items()
        }
        heights = {
            line.get_ydata()[0]
            for line in axes.lines
            if line.get_linestyle() == ":" and len(set(line.get_ydata())) == 1
        }
        assert {0.0012, 0.04} <= heights
        assert 10.5 in {line.get_xdata()[0] for line in axes.lines}
        along = next(line for line in axes.lines if line.get_label() == "along w, both directions")
        np.testing.assert_allclose(along.get_ydata()[:11], example.relative[32, 32:43], rtol=1e-9)
    said = {text.get_text() for text in log.texts}
    assert {
        f"level 0.0012: {metrics.radius_px.axis['0.0012']} px",
        f"Luo size {metrics.luo_size:.1f} px (4.55 %)",
    } <= said
    assert f"90 % of the mass within {metrics.energy_radius['90']:.1f} px" in legends(plots.profile(example))


def test_a_map_with_a_hole_has_no_level_relative_to_its_centre() -> None:
    log = plots.profile(EXAMPLES["hole"]).axes[1]
    assert {text.get_text() for text in log.texts} == {"level 0.0012: off axis", "level 0.04: off axis"}


def test_a_field_beyond_the_profile_is_said() -> None:
    log = plots.profile(EXAMPLES["far larger than the image"]).axes[1]
    assert "theoretical half-size 515.5 px →" in {text.get_text() for text in log.texts}


def test_on_image_darkens_what_is_not_seen_and_shows_the_point() -> None:
    example = chain(10, (64, 48), (22, 8))
    figure = plots.on_image(example)
    axes = figure.axes[0]
    veils = [p for p in axes.patches if p.get_fill() and p.get_alpha()]
    assert sum(p.get_width() * p.get_height() for p in veils) == 64 * 48 - 21 * 21
    backdrop, heat = axes.images
    assert tuple(backdrop.get_extent()) == tuple(heat.get_extent()) == (0, 48, 64, 0)
    np.testing.assert_array_equal(heat.get_array(), example.relative)
    assert heat.to_rgba(np.array([[0.0]]))[0, 0, 3] == 0
    assert heat.to_rgba(np.array([[1.0]]))[0, 0, 3] > 0.7
    assert [18.5, 32.5] in [p for line in axes.lines for p in line.get_xydata().tolist()]
    assert (8, 22, 21, 21) in rectangles(axes)
    assert any("outside the" in words for words in legends(figure))


def test_on_image_where_all_is_seen_nothing_is_dark() -> None:
    figure = plots.on_image(EXAMPLES["larger than the image"])
    assert not [p for p in figure.axes[0].patches if p.get_fill() and p.get_alpha()]
    assert not any("outside the" in words for words in legends(figure))


def test_on_image_takes_the_users_picture_in_grey() -> None:
    red = np.full((10, 20, 3), (255, 0, 0), np.uint8)
    backdrop = plots.on_image(EXAMPLES["inside"], picture=red).axes[0].images[0]
    np.testing.assert_allclose(backdrop.get_array(), 0.299)
    with pytest.raises(BadInput, match="shape"):
        plots.on_image(EXAMPLES["inside"], picture=np.zeros((3, 8, 8)))
    with pytest.raises(ValueError, match="one axis"):
        plots.on_image(EXAMPLES["signal"])


def test_a_signal_is_drawn_with_its_field_and_nested_energies() -> None:
    example = EXAMPLES["signal"]
    linear, log = sorted(plots.heatmap(example).axes, key=lambda axes: axes.get_yscale() == "log")
    assert (linear.get_yscale(), log.get_yscale()) == ("linear", "log")
    for axes in (linear, log):
        assert {10, 27, 18.5} <= {line.get_xdata()[0] for line in axes.lines}
        spans = {(p.get_x(), p.get_width()) for p in axes.patches if hasattr(p, "get_width")}
        assert {(18.5 - side / 2, side) for side in example.entry.metrics.energy_side.values()} <= spans


def test_words_that_collide_are_found() -> None:
    """The check above checks something."""
    figure = plots.heatmap(EXAMPLES["tiny"])
    figure.text(0.03, 0.95, "Effective")
    figure.text(0.999, 0.5, "over the edge")
    assert any(one == "over the edge" and not other for one, other in overlaps(figure))
    assert any(other == "Effective" or one == "Effective" for one, other in overlaps(figure))
