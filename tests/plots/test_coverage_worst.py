"""Uncovered objects over their images: boxes, fields and strides to scale, words beside them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from api_schemas.coverage import Uncovered
from rfengine import plots
from rfengine.errors import BadInput
from rfengine.plots import style
from rfengine.plots.coverage_view import crosses, scene, window
from tests.coverage.examples import failing, measured, worst
from tests.plots import coverage_examples
from tests.plots.coverage_examples import EXAMPLES
from tests.plots.examples import colours, legends, overlaps, pixels, words

RESULT = failing()
GREEN = np.full((48, 80, 3), (0, 255, 0), np.uint8)


def uncovered(**changes: Any) -> Uncovered:
    """A car in the upper half of an image of 800 x 480 px that is shown to the network at 0.8."""
    values = {
        "image": "a.jpg", "annotation": "17", "label": "car", "box": [100.0, 50.0, 400.0, 200.0],
        "image_size": [480.0, 800.0], "size_px": [160.0, 320.0], "head": "P4", "binding": "trf", "has_px": 315,
        "needed_px": 480, "ratio": 315 / 480,
    }  # fmt: skip
    return Uncovered.model_validate(values | changes)


def box(axes: Axes, gid: str) -> tuple[float, float, float, float]:
    (found,) = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_gid() == gid]
    return found.get_x(), found.get_y(), found.get_width(), found.get_height()


def above(axes: Axes) -> list[str]:
    return [text.get_text() for text in axes.texts]


WIDE, TALL = (384, 1280), (1280, 384)


@pytest.mark.parametrize(
    ("number", "canvas"), [(1, WIDE), (1, TALL), (2, TALL), (3, (640, 640)), (4, WIDE), (6, TALL), (20, WIDE)]
)
def test_any_number_of_objects_gives_a_picture(number: int, canvas: tuple[int, int], recwarn) -> None:
    result = RESULT.model_copy(update={"canvas": list(canvas)})
    figure = plots.coverage_worst((worst() * 5)[:number], result, picture=GREEN)
    assert len(figure.axes) == min(number, 6)
    assert overlaps(figure) == []
    assert colours(pixels(figure)) > 30
    assert [str(w.message) for w in recwarn] == []
    assert (number > 6) == any("6 of 20 that are named" in line for line in words(figure))


@pytest.mark.parametrize("name", ["ssd", "three", "many heads"])
def test_the_worst_of_every_check_give_a_picture(name: str) -> None:
    result, _ = EXAMPLES[name]()
    figure = plots.coverage_worst(result.worst, result)
    assert overlaps(figure) == []
    assert len(style.svg(figure)) < 300_000


def test_object_and_field_are_to_scale() -> None:
    figure = plots.coverage_worst([uncovered()], RESULT)
    (axes,) = figure.axes
    assert box(axes, "object") == pytest.approx((100, 50, 400, 200))
    side = 315 / 0.8
    assert box(axes, "trf") == pytest.approx((300 - side / 2, 150 - side / 2, side, side))
    assert above(axes) == [
        "1. car 17", "P4: field 315 px, needs 480 px", "object 160 × 320 px of the input", "a.jpg, scale 0.8"
    ]  # fmt: skip
    # A stride says nothing of an object that is too large for a field.
    assert legends(figure) == ["theoretical field of the nearest head", "object"]
    (low, high), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    assert (high - low) / (bottom - top) == pytest.approx(1)


def test_an_image_that_is_stretched_stretches_the_field() -> None:
    one = uncovered(size_px=[200 * 640 / 480, 400 * 0.8])
    (axes,) = plots.coverage_worst([one], RESULT).axes
    _, _, width, height = box(axes, "trf")
    assert (width, height) == pytest.approx((315 / 0.8, 315 * 480 / 640))
    assert above(axes)[-1] == "a.jpg, scale 1.33 × 0.8"


def test_an_object_of_unknown_place_is_dashed_in_the_middle_of_the_input() -> None:
    figure = plots.coverage_worst([uncovered(box=None, image_size=None, image=None, label=None, count=3)], RESULT)
    (axes,) = figure.axes
    assert box(axes, "centred") == pytest.approx((160, 240, 320, 160))
    assert box(axes, "trf")[2:] == (315, 315)
    (dashed,) = [patch for patch in axes.patches if patch.get_gid() == "centred"]
    assert dashed.get_linestyle() not in ("-", "solid")
    assert to_rgba(dashed.get_edgecolor()) == to_rgba(style.VERMILION)
    assert above(axes)[0] == "1. object 17 (× 3)"
    assert above(axes)[-1] == "place not known, ticks in px of the input"
    assert not any("px of the image" in line for line in words(figure))


def test_a_small_object_is_shown_beside_the_stride() -> None:
    small = uncovered(
        box=[12.0, 220.0, 9.75, 6.5], size_px=[5.2, 7.8], head="P3", binding="stride", has_px=8, needed_px=5.2
    )
    figure = plots.coverage_worst([small], RESULT)
    (axes,) = figure.axes
    assert box(axes, "stride")[2:] == pytest.approx((10, 10))
    assert axes.get_xlim()[1] - axes.get_xlim()[0] < 60
    assert above(axes)[1] == "P3: stride 8 px, needs at most 5.2 px"
    assert legends(figure) == ["stride of the nearest head", "object"]


def test_effective_fields_are_dotted_squares_and_no_head_is_no_field() -> None:
    lost = measured().worst[0]
    narrow = uncovered(head="P3", binding="erf", has_px=61, needed_px=320)
    figure = plots.coverage_worst([narrow, lost], measured())
    first, second = figure.axes
    assert box(first, "erf")[2:] == pytest.approx((61 / 0.8, 61 / 0.8))
    assert above(first)[1] == "P3: effective field 61 px, needs 320 px"
    assert above(second)[1] == "no head answers"
    assert {patch.get_gid() for patch in second.patches} == {None, "centred"}


def test_each_object_lies_on_its_own_image_else_on_the_sample() -> None:
    both = [uncovered(image="a.jpg"), uncovered(image="b.jpg")]
    grey = np.full((48, 80), 0.25)
    figure = plots.coverage_worst(both, RESULT, picture=GREEN, pictures={"b.jpg": grey})
    sample, own = figure.axes
    assert sample.images[0].get_array()[0, 0].tolist() == [0.25, 1.0, 0.25]
    assert np.ndim(own.images[0].get_array()) == 2
    # Over the whole image, whatever the size of the picture.
    assert sample.images[0].get_extent() == own.images[0].get_extent() == [0, 800, 480, 0]
    assert any("over a sample image or its own image" in line for line in words(figure))
    plain = plots.coverage_worst(both, RESULT)
    assert not plain.axes[0].images
    assert any("over plain ground" in line for line in words(plain))


boxes = st.tuples(*[st.floats(0, 400)] * 2, *[st.floats(0.5, 500)] * 2).map(list)


@given(boxes, st.floats(0.05, 5), st.sampled_from(["trf", "stride", "cut"]), st.floats(0.6, 1.4))
def test_a_window_holds_the_object_and_what_binds(
    found: list[float], scale: float, binding: str, proportion: float
) -> None:
    one = uncovered(box=found, size_px=[found[3] * scale, found[2] * scale], binding=binding)
    place = scene(one, RESULT)
    view = window(place, one, proportion)
    needed = [place.extent, *({"trf": [place.trf], "stride": [place.stride]}.get(binding, []))]
    for sides in needed:
        for (low, high), centre, side in zip(view, place.centre, sides, strict=True):
            assert low <= centre - side / 2 + 1e-6
            assert high >= centre + side / 2 - 1e-6
        assert crosses(place, sides, view)
    (top, bottom), (left, right) = view
    assert (bottom - top) / (right - left) == pytest.approx(proportion)


@pytest.mark.parametrize(
    ("sides", "seen"), [((2, 2), True), ((100, 100), False), ((2, 100), True), ((100, 2), True), ((9.9, 9.9), True)]
)
def test_only_outlines_inside_the_window_are_seen(sides: tuple[float, float], seen: bool) -> None:
    place = scene(uncovered(box=[0, 0, 10, 10], size_px=[10, 10]), RESULT)
    assert crosses(place, sides, ((0.0, 10.0), (0.0, 10.0))) == seen


def test_what_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="no uncovered object"):
        plots.coverage_worst([], RESULT)
    with pytest.raises(BadInput, match="image of shape"):
        plots.coverage_worst([uncovered()], RESULT, picture=np.zeros(3))
    with pytest.raises(BadInput, match="image with values"):
        plots.coverage_worst([uncovered()], RESULT, pictures={"a.jpg": np.full((4, 4), 7.0)})


def test_strange_names_are_cut_and_never_mathematics() -> None:
    odd = uncovered(image="$\\frac{" + "x" * 200, label="y\x1b[31m" * 40, head="z" * 300)
    heads = [RESULT.heads[0].model_copy(update={"name": "z" * 300}), *RESULT.heads[1:]]
    figure = plots.coverage_worst([odd] * 3, RESULT.model_copy(update={"heads": heads, "policy": "$" * 90}))
    assert overlaps(figure) == []
    assert not any("\x1b" in line for axes in figure.axes for line in above(axes))


def test_a_check_without_places_shows_sizes_in_the_input() -> None:
    result, _ = coverage_examples.check(coverage_examples.YOLO, [400.0], [300.0], image=None)
    (axes,) = plots.coverage_worst(result.worst, result).axes
    assert box(axes, "erf")[2:] == (301, 301)
