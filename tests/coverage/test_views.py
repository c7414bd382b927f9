"""Objects in the network's input: resizing by hand, tiles against a twin that tries every tile."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api_schemas.policy import CoveragePolicy
from rfengine.coverage.views import views
from rfengine.errors import BadInput
from tests.coverage.tables import NOWHERE, sizes, table

CANVAS = (640, 640)


def policy(input: dict[str, Any], **objects: Any) -> CoveragePolicy:
    return CoveragePolicy.model_validate({"objects": {"sizes": [3], **objects}, "require": {"trf": 1}, "input": input})


@pytest.mark.parametrize(
    ("rule", "image", "canvas", "height", "width"),
    [
        # 1280 x 720 into 640 x 640: half as large, with bars above and below.
        ({"resize": "letterbox"}, (1280, 720), (640, 640), 20, 50),
        ({"resize": "letterbox"}, (320, 240), (640, 640), 80, 200),
        ({"resize": "letterbox", "upscale": False}, (320, 240), (640, 640), 40, 100),
        ({"resize": "stretch"}, (1280, 720), (640, 640), 40 * 640 / 720, 50),
        ({"resize": "stretch"}, (100, 200), (384, 640), 40 * 384 / 200, 640),
        # RetinaNet: 800 px on the shorter side, at most 1333 on the longer.
        (
            {"resize": "shortest_edge", "shortest": 800, "longest": 1333},
            (640, 480),
            (800, 1088),
            40 * 800 / 480,
            500 / 3,
        ),
        ({"resize": "shortest_edge", "shortest": 800, "longest": 1333}, (2000, 500), (352, 1344), 26.66, 66.65),
        ({"resize": "none"}, (9999, 9999), (640, 640), 40, 100),
    ],
)
def test_resizing(
    rule: dict[str, Any], image: tuple[float, float], canvas: tuple[int, int], height: float, width: float
) -> None:
    (view,) = views(policy(rule), table([(0, 0, 100, 40)], image=image), canvas)
    assert (view.height[0], view.width[0]) == pytest.approx((height, width))
    assert view.whole[0] == 1


def test_the_size_of_the_image_must_be_known() -> None:
    with pytest.raises(
        BadInput, match=r"not known for 2 of 2 boxes, .*give objects\.image_size, or input\.resize: none"
    ):
        views(policy({"resize": "letterbox"}), sizes((9, 9), (8, 8)), CANVAS)
    (view,) = views(policy({"resize": "letterbox"}, image_size=[1280, 640]), sizes((10, 20)), CANVAS)
    assert (view.height[0], view.width[0]) == (10, 5)


def test_an_image_must_fit_into_the_input() -> None:
    rule = {"resize": "shortest_edge", "shortest": 800, "longest": 1333}
    with pytest.raises(BadInput, match=r"up to 1067 x 800 px by shortest_edge, and the network's input is 512 x 512"):
        views(policy(rule), table([(0, 0, 9, 9)], image=(640, 480)), (512, 512))
    # Upright or lying: exporters fix one of the two.
    views(policy(rule), table([(0, 0, 9, 9)], image=(480, 640)), (800, 1344))


def test_tiles_are_resized_as_images_of_their_size() -> None:
    rule = {"tiles": {"size": 320, "overlap": 0.25, "full_image": True}}
    full, tiled = views(policy(rule), table([(100, 100, 40, 20)], image=(1280, 1280)), CANVAS)
    assert (full.height[0], full.width[0]) == (10, 20)
    assert (tiled.height[0], tiled.width[0]) == (40, 80)


def best_tile(start: float, extent: float, tile: float, overlap: float, image: float) -> float:
    """Share of an object's side inside the image that the best of all tiles shows, by going through them."""
    if tile >= image:
        return 1.0
    step = max(1.0, tile - math.floor(overlap * tile))
    origins = [min(k * step, image - tile) for k in range(math.ceil((image - tile) / step) + 1)]
    first, last = max(start, 0), min(start + extent, image)
    return max(max(0.0, min(last, o + tile) - max(first, o)) / (last - first) for o in origins)


@settings(max_examples=300, deadline=None)
@given(
    tile=st.integers(50, 700),
    overlap=st.sampled_from([0, 0.1, 0.2, 0.25, 0.5, 0.9]),
    image=st.tuples(st.integers(60, 1500), st.integers(60, 1500)),
    place=st.tuples(st.floats(-0.02, 0.98), st.floats(-0.02, 0.98)),
    extent=st.tuples(st.floats(0.03, 1), st.floats(0.03, 1)),
)
def test_the_best_tile_is_found(
    tile: int,
    overlap: float,
    image: tuple[int, int],
    place: tuple[float, float],
    extent: tuple[float, float],
) -> None:
    x, y, w, h = place[0] * image[0], place[1] * image[1], extent[0] * image[0], extent[1] * image[1]
    rule = {"tiles": {"size": tile, "overlap": overlap}}
    (view,) = views(policy(rule), table([(x, y, w, h)], image=image), CANVAS)
    sides = zip((x, y), (w, h), image, strict=True)
    expected = min(best_tile(start, side, min(tile, n), overlap, n) for start, side, n in sides)
    assert view.whole[0] == pytest.approx(expected, abs=1e-9)


def test_of_an_unknown_place_only_the_overlap_is_sure() -> None:
    rule = {"tiles": {"size": 400, "overlap": 0.25}}
    (view,) = views(
        policy(rule), table([(NOWHERE, NOWHERE, 100, 50), (NOWHERE, NOWHERE, 200, 50)], image=(1000, 1000)), CANVAS
    )
    np.testing.assert_allclose(view.whole, [1, 0.5])
    # Wherever they lie, no tile shows less than that.
    for place in np.linspace(0, 800, 81):
        (known,) = views(policy(rule), table([(place, 0, 200, 50)], image=(1000, 1000)), CANVAS)
        assert known.whole[0] >= 0.5
