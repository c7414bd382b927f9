"""Growth over depth: readable from one tensor to hundreds."""

import pytest

from api_schemas.report import TensorField, TensorFields
from rfengine import plots
from rfengine.plots import style
from tests.plots.examples import colours, pixels, places
from tests.reports.examples import field, tensor, two_inputs

Tensors = dict[str, TensorField | TensorFields]


def chain(layers: int) -> Tensors:
    ops = ("Conv", "Relu", "MaxPool", "Add", "Resize")
    return {f"t{i}": tensor([2 * i + 3] * 2, 2 ** (i * 5 // layers), op=ops[i % 5]) for i in range(layers)}


CASES: dict[str, tuple[Tensors, list[str], list[int]]] = {
    "twenty": (chain(20), ["t19"], [64, 64]),
    "five hundred": (chain(500), ["t499", "t300", "t301", "t302"], [640, 480]),
    "one": (chain(1), ["t0"], [8, 8]),
    "none": ({}, ["t0"], [8, 8]),
    "no targets": (chain(20), [], [64, 64]),
    "many targets": (chain(60), [f"t{i}" for i in range(60)], [64, 64]),
    "unequal axes": ({"a": tensor([3, 9]), "b": tensor([5, 9], op="Relu")}, ["b"], [32, 64]),
    "mixed axes": ({"a": tensor([3, 9]), "b": tensor([5])}, ["b"], [32, 64]),
    "fractional stride": ({"a": tensor([3, 3]), "b": tensor([3, 3], 0.25, op="Resize")}, ["b"], [32, 32]),
    "one axis": ({"a": tensor([3]), "b": tensor([5])}, ["b"], [400]),
    "three axes": ({"a": tensor([3, 3, 3]), "b": tensor([3, 5, 5])}, ["b"], [16, 64, 64]),
    "awkward names": (
        {"$\\frac{" + "x" * 300 + "$\n": tensor([3, 3])},
        ["$\\frac{" + "x" * 300 + "$\n"],
        [32, 32],
    ),
}


@pytest.mark.parametrize(("tensors", "targets", "image"), CASES.values(), ids=CASES)
def test_every_network_gives_a_picture(
    tensors: Tensors, targets: list[str], image: list[int], recwarn: pytest.WarningsRecorder
) -> None:
    png = style.png(plots.growth(tensors, targets=targets, image=image, model="net.onnx"))
    picture = pixels(png)
    assert picture.shape[1] == 1800
    assert colours(picture) > 50
    assert all((edge == 255).all() for edge in (picture[:8], picture[-3:], picture[:, :8], picture[:, -3:]))
    assert [str(w.message) for w in recwarn] == []
    assert png == style.png(plots.growth(tensors, targets=targets, image=image, model="net.onnx"))


def test_dots_have_the_colour_of_their_family_and_rise() -> None:
    picture = pixels(plots.growth(chain(20), targets=[], image=[64, 64], model="net.onnx"))
    plot = picture[: int(0.7 * picture.shape[0])]
    dots = places(plot, style.BLUE)
    for colour in (style.BLUE, style.VERMILION, style.GREEN, style.PURPLE):
        assert len(places(plot, colour)) > 100
    first, last = dots[dots[:, 1] < dots[:, 1].mean()], dots[dots[:, 1] > dots[:, 1].mean()]
    assert first[:, 0].mean() > last[:, 0].mean()


def test_targets_are_named_beside_the_plot() -> None:
    def words(*targets: str) -> int:
        picture = pixels(plots.growth(chain(20), targets=targets, image=[64, 64], model="net.onnx"))
        return len(places(picture[:, int(0.79 * picture.shape[1]) :], style.INK))

    assert words("t19") > 200
    assert words("t19", "t10") > 1.5 * words("t19")


def test_sizes_are_relative_to_the_input_asked_for() -> None:
    tensors: Tensors = {
        "a": two_inputs(left=field([3, 3])),
        "b": two_inputs(left=field([5, 5]), right=field([9, 9])),
    }
    pictures = {
        source: style.png(plots.growth(tensors, targets=["b"], image=[32, 32], model="net.onnx", source=source))
        for source in ("left", "right")
    }
    assert pictures["left"] != pictures["right"]


def test_the_least_image_is_a_line_of_its_own() -> None:
    without = pixels(plots.growth(chain(20), targets=[], image=[64, 64], model="net.onnx"))
    tall = pixels(plots.growth(chain(20), targets=[], image=[64, 64], model="net.onnx", least=[40, 40]))
    assert len(places(tall, style.QUIET)) > len(places(without, style.QUIET)) + 200
