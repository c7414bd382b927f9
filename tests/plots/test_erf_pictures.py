"""Heatmap and profile: they decode, they show what they must, and equal results give equal bytes."""

import pytest

from rfengine import plots
from rfengine.plots import style
from tests.plots.examples import EXAMPLES, Example, chain, colours, pixels, places

every_example = pytest.mark.parametrize("example", EXAMPLES.values(), ids=EXAMPLES)


@every_example
@pytest.mark.parametrize("draw", [plots.heatmap, plots.profile])
def test_every_map_gives_a_picture(draw, example: Example, recwarn: pytest.WarningsRecorder) -> None:
    picture = pixels(draw(example.erf, **example.arguments))
    assert picture.shape[0] > 500
    assert picture.shape[1] > 1000
    assert colours(picture) > 50
    # The outermost pixels stay paper: nothing is cut off.
    assert all((edge == 255).all() for edge in (picture[:8], picture[-3:], picture[:, :8], picture[:, -3:]))
    assert [str(w.message) for w in recwarn] == []


@pytest.mark.parametrize("draw", [plots.heatmap, plots.profile])
def test_equal_results_give_equal_bytes_without_software_or_date(draw) -> None:
    example = EXAMPLES["inside"]
    png = draw(example.erf, **example.arguments)
    assert png == draw(example.erf.copy(), **example.arguments)
    assert not any(chunk in png for chunk in (b"tEXt", b"tIME", b"iTXt", b"zTXt"))


def test_the_theoretical_field_is_drawn_around_the_map() -> None:
    picture = pixels(plots.heatmap(EXAMPLES["inside"].erf, **EXAMPLES["inside"].arguments))
    height, width = picture.shape[:2]
    blue = places(picture, style.TRF)
    blue = blue[blue[:, 0] < 0.9 * height]  # without the legend
    (top, left), (bottom, right) = blue.min(axis=0), blue.max(axis=0)
    assert bottom - top == pytest.approx(right - left, abs=4)
    assert bottom - top > 0.6 * width
    # All four sides, and nothing but the sides.
    for side in (picture[top, left:right], picture[bottom, left:right], picture[top:bottom, left]):
        assert len(places(side[None], style.TRF)) > 0.95 * len(side)
    inner = picture[top + 12 : bottom - 12, left + 12 : right - 12]
    assert len(places(inner, style.TRF)) == 0


def test_a_field_beyond_the_image_is_said_on_every_side() -> None:
    inside = pixels(plots.heatmap(EXAMPLES["inside"].erf, **EXAMPLES["inside"].arguments))
    larger = pixels(plots.heatmap(EXAMPLES["larger than the image"].erf, **EXAMPLES["larger than the image"].arguments))
    words = places(larger, style.BLUE)
    assert len(places(inside, style.BLUE)) == 0
    (top, left), (bottom, right) = words.min(axis=0), words.max(axis=0)
    assert top < 0.2 * larger.shape[0] < 0.75 * larger.shape[0] < bottom
    assert left < 0.2 * larger.shape[1] < 0.75 * larger.shape[1] < right


def test_pixels_that_are_not_read_show_the_ground() -> None:
    from rfengine.plots.plane import NOT_READ

    gridded = pixels(plots.heatmap(EXAMPLES["gridded"].erf, **EXAMPLES["gridded"].arguments))
    height, width = gridded.shape[:2]
    middle = gridded[height // 4 : height // 2, width // 4 : width // 2]
    assert len(places(middle, NOT_READ)) > 0.3 * middle.shape[0] * middle.shape[1]


def test_faint_pixels_are_darkest_not_blank() -> None:
    picture = pixels(plots.heatmap(chain(20, (96, 96), (20, 20)).erf, **chain(20, (96, 96), (20, 20)).arguments))
    assert len(places(picture, "#000004")) > 5000


def test_names_are_never_mathematics_and_long_ones_are_cut() -> None:
    example = EXAMPLES["inside"]
    names = {"tensor": "$\\frac{" + "x" * 300 + "$", "computed": "mean $g$ " + "over many images " * 40}
    for draw in (plots.heatmap, plots.profile):
        picture = pixels(draw(example.erf, **{**example.arguments, **names}))
        assert (picture[:, -8:] == 255).all()


def test_the_profile_shows_curves_fit_and_sizes_in_their_colours() -> None:
    picture = pixels(plots.profile(EXAMPLES["inside"].erf, **EXAMPLES["inside"].arguments))
    plot = picture[: int(0.78 * picture.shape[0])]
    for colour in (style.BLUE, style.ORANGE, style.PURPLE, style.VERMILION, style.TRF):
        assert len(places(plot, colour)) > 150
