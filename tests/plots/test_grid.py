"""The grid over an image: three fields where they belong, centres as dots, and what lies outside the image."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from api_schemas.report import FieldReport
from rfengine import plots
from rfengine.errors import BadInput
from rfengine.plots import style
from rfengine.plots.backdrop import own, texture
from rfengine.plots.lattice import COLOURS, OUTSIDE, interval_of
from tests.plots.examples import colours, pixels, places
from tests.reports.examples import field

Axis = dict[str, object]


def axis(stride: int, first: int, last: int) -> Axis:
    return {"p": stride, "q": 1, "intervals": [[first, last]]}


def seen(*axes: Axis, **changes: object) -> FieldReport:
    sizes = [last - first + 1 for first, last in (a["intervals"][0] for a in axes)]
    return field(sizes, axes[0]["p"], map=list(axes), **changes)


SEED = seen(axis(4, -14, 19), axis(4, -14, 19))  # the network of seed 002 on 96 px, padding as SAME
PHASES = {"p": 8, "q": 2, "intervals": [[-2, 2], [1, 9]]}
HOLES = {"p": 4, "q": 2, "intervals": [[0, 1], None]}

CASES: dict[str, tuple[FieldReport, Sequence[int], Sequence[int]]] = {
    "seed": (SEED, (24, 24), (96, 96)),
    "larger than the image": (seen(*[axis(32, -213, 213)] * 2), (7, 7), (224, 224)),
    "much larger": (seen(*[axis(32, -3000, 3000)] * 2, global_context=["gate"]), (7, 7), (224, 224)),
    "every pixel": (seen(*[axis(1, -1, 1)] * 2), (512, 640), (512, 640)),
    "oblong": (seen(axis(4, -15, 15), axis(8, -2, 2)), (10, 30), (40, 240)),
    "one unit": (seen(*[axis(1, 0, 7)] * 2), (1, 1), (8, 8)),
    "phases": (field([9, 9], 4, map=[PHASES] * 2), (12, 12), (48, 48)),
    "units that read nothing": (field([2, 2], 2, map=[HOLES] * 2), (4, 4), (8, 8)),
    "one axis": (seen(axis(4, -15, 15)), (100,), (400,)),
    "three axes": (seen(*[axis(2, -3, 3)] * 3), (8, 8, 8), (16, 16, 16)),
    "flip": (seen(*[axis(-4, 90, 98)] * 2), (24, 24), (96, 96)),
}


def drawn(case: str, picture: NDArray[np.generic] | None = None, tensor: str = "features.7/Conv") -> bytes:
    of, units, canvas = CASES[case]
    return style.png(plots.grid(of, units=units, canvas=canvas, tensor=tensor, picture=picture))


@pytest.mark.parametrize("case", CASES)
def test_every_field_gives_a_picture(case: str, recwarn: pytest.WarningsRecorder) -> None:
    png = drawn(case)
    picture = pixels(png)
    assert picture.shape[1] == 1260
    assert picture.shape[0] > 500
    assert colours(picture) > 20
    assert all((edge == 255).all() for edge in (picture[:8], picture[-3:], picture[:, :8], picture[:, -3:]))
    assert [str(w.message) for w in recwarn] == []
    assert png == drawn(case)


def frame(picture: NDArray[np.uint8], colour: str) -> tuple[int, int, int, int]:
    """Top, bottom, left and right of what has a colour, the legend left out."""
    found = places(picture[: int(0.88 * picture.shape[0])], colour)
    (top, left), (bottom, right) = found.min(axis=0), found.max(axis=0)
    return top, bottom, left, right


def test_the_three_fields_lie_where_the_units_look() -> None:
    picture = pixels(drawn("seed"))
    first, centre, last = (frame(picture, COLOURS[name]) for name in ("first", "centre", "last"))
    # 12 units of 4 px apart, 34 px large, in both directions.
    per_px = (centre[0] - first[0]) / 48
    assert per_px > 4
    for one, other, units in ((first, centre, 12), (centre, last, 11)):
        assert [b - a for a, b in zip(one, other, strict=True)] == pytest.approx([4 * units * per_px] * 4, abs=6)
    for top, bottom, left, right in (first, centre, last):
        assert bottom - top == pytest.approx(34 * per_px, abs=12)
        assert right - left == pytest.approx(34 * per_px, abs=12)


def test_what_lies_outside_the_image_is_seen() -> None:
    picture = pixels(drawn("larger than the image"))
    outside = places(picture, OUTSIDE)
    assert len(outside) > 0.3 * picture.shape[0] * picture.shape[1]
    top, bottom, left, right = frame(picture, COLOURS["first"])
    image = frame(picture, style.INK)  # the heading begins it above; the image's frame ends it below
    assert left < image[3] < right + (right - left)
    assert bottom - top > 500


def test_dots_stand_at_the_centres() -> None:
    def dots(case: str) -> int:
        picture = pixels(drawn(case))
        body = places(picture[150 : int(0.85 * picture.shape[0])], style.INK)
        return len(body)

    assert dots("phases") > 500
    assert dots("every pixel") > 2000
    assert dots("one unit") < dots("phases")


def test_intervals_follow_their_phase() -> None:
    of = CASES["phases"][0].map[0]
    assert [interval_of(of, unit) for unit in range(4)] == [(-2, 2), (1, 9), (6, 10), (9, 17)]
    holes = CASES["units that read nothing"][0].map[0]
    assert [interval_of(holes, unit) for unit in range(3)] == [(0, 1), None, (4, 5)]


@pytest.mark.parametrize(
    "picture",
    [
        np.full((30, 50, 3), (0, 255, 0), np.uint8),
        np.dstack([np.zeros((4, 4)), np.ones((4, 4)), np.zeros((4, 4))]).astype(np.float32),
        np.full((10, 10, 4), (0, 255, 0, 255), np.uint8),
    ],
)
def test_the_own_image_is_drawn_scaled_to_the_canvas(picture: NDArray[np.generic]) -> None:
    found = pixels(drawn("seed", picture))
    ground = places(found, "#00ff00")
    height, width = np.ptp(ground, axis=0)
    assert height == pytest.approx(width, abs=4)
    assert len(ground) > 0.5 * height * width
    assert len(places(pixels(drawn("seed")), "#00ff00")) == 0


def test_grey_images() -> None:
    for picture in (np.zeros((5, 5), np.uint8), np.zeros((5, 5, 1)), np.zeros((5, 5), bool)):
        assert len(places(pixels(drawn("seed", picture)), "#000000")) > 10_000


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (np.zeros((3, 8, 8)), r"shape \[3, 8, 8\]"),
        (np.zeros((0, 8)), "shape"),
        (np.zeros((8, 8), np.int64), "type int64"),
        (np.full((8, 8), 255.0), "values 255 to 255"),
        (np.full((8, 8), np.nan), "values nan"),
        (np.zeros(8), "shape"),
    ],
)
def test_what_is_no_image_is_refused(picture: NDArray[np.generic], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        own(picture)


def test_the_texture_is_grey_light_and_always_the_same() -> None:
    ground = texture((96, 128))
    assert ground.shape == (96, 128)
    assert 0.6 < ground.min() < 0.8 < ground.max() < 1
    assert (ground == texture((96, 128))).all()
    assert texture((4000, 2000)).shape == (512, 256)
    # Amplitudes fall: neighbours are alike.
    assert np.corrcoef(ground[:, :-1].ravel(), ground[:, 1:].ravel())[0, 1] > 0.5
    assert np.isfinite(texture((1, 1))).all()


def test_names_are_never_mathematics_and_long_ones_are_cut() -> None:
    picture = pixels(drawn("seed", tensor="$\\frac{" + "x" * 300 + "$"))
    assert (picture[:, -8:] == 255).all()
