"""Canvases: where the letter lies on them, and which a network takes."""

import pytest

from api_schemas.datasets import AnyDataset, EDot, ESymbol
from api_schemas.sweep import Training
from rfengine.datasets import mark_of
from rfengine.errors import BadInput, BadTarget
from rfengine.training.scenes import LEAST_UNITS, Canvas, Look, canvases, scene_of


@pytest.mark.parametrize("stride", [1, 2, 3, 8, 16, 32])
@pytest.mark.parametrize("dataset", [ESymbol(), EDot(), EDot(range_degrees=360)])
def test_the_letter_lies_at_one_place_of_the_units_grid(dataset: AnyDataset, stride: int) -> None:
    for distance in range(7, 40):
        scene = scene_of(dataset, Training(), distance, stride=stride)
        assert (scene.row % stride, scene.column % stride) == (stride // 2, stride // 2)
        assert scene.height % stride == scene.width % stride == 0
        assert min(scene.shape) >= LEAST_UNITS * stride
        up, down, left, right = (max(each) for each in zip(*mark_of(dataset).extents(dataset, distance), strict=True))
        assert scene.row >= up + 3
        assert scene.column >= left + 3
        assert scene.row + down + 3 < scene.height
        assert scene.column + right + 3 < scene.width


def test_stride_one_is_as_ever() -> None:
    scene = scene_of(ESymbol(), Training(), 9)
    assert (scene.height, scene.width, scene.row, scene.column) == (24, 15, 16, 7)
    wide = scene_of(ESymbol(), Training(), 9, least=(30, 20))
    assert (wide.height, wide.width, wide.row, wide.column) == (30, 20, 19, 9)


def test_canvases_may_have_a_remainder() -> None:
    scene = scene_of(ESymbol(), Training(), 9, stride=16, least=(12, 28))
    assert (scene.height % 16, scene.width) == (12, 28)
    assert (scene.row % 16, scene.column % 16) == (8, 8)


@pytest.mark.parametrize(("padding", "multiple", "remainder"), [(0, 4, 0), (40, 4, 0), (92, 16, 12), (150, 8, 0)])
def test_the_least_canvas_is_found_by_looking(padding: int, multiple: int, remainder: int) -> None:
    """A network that loses `padding` px at either end, and takes sizes of one remainder."""

    def look(canvas: Canvas) -> Look:
        side = canvas[0]
        units = (side - 2 * padding) // 4
        if side % multiple != remainder or units < 1:
            raise BadInput(f"no {side}")
        return Look(canvas, "y", (units, units), 4, multiple)

    found = canvases("n", look, (572, 572))
    fitting = [side for side in range(1, 600) if side % multiple == remainder and side - 2 * padding >= 4 * LEAST_UNITS]
    assert (found.multiple, found.least) == (multiple, (fitting[0],) * 2)


def test_a_network_that_takes_nothing_says_what_was_tried() -> None:
    def look(canvas: Canvas) -> Look:
        raise BadInput(f"no images of {canvas}")

    with pytest.raises(BadInput, match=r"training.canvas: n takes no image.*128 x 128, 30 x 40, 256 x 256"):
        canvases("n", look, (30, 40))


def test_a_target_that_is_wrong_on_all_sizes_is_said_plainly() -> None:
    def look(canvas: Canvas) -> Look:
        raise BadTarget(f"two heads at {canvas[0]}")

    with pytest.raises(BadTarget, match=r"^two heads at 128"):
        canvases("n", look, None)
