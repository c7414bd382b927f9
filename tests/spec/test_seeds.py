"""The seeds' worked examples as specs: what each unit sees, found by running the compiled network pixel by pixel."""

from typing import Any

import pytest

from tests.spec.helpers import Layer, compiled, impulse_fields, shapes


def _conv(kernel: int, stride: int = 1, padding: Any = 0, **more: Any) -> Layer:
    return {"type": "conv", "channels": 1, "kernel": kernel, "stride": stride, "padding": padding, **more}


def _pool(kernel: int) -> Layer:
    return {"type": "avg_pool", "kernel": kernel}


SEED_002 = [_conv(5), _conv(3), _pool(2), _conv(3), _conv(3), _pool(2), _conv(3), _conv(3)]
README = [_conv(7), _conv(5), _pool(2), _conv(5)]
TWO_MAPS = [_conv(3), _conv(3), _pool(2), _conv(3), _conv(3), _pool(2), _conv(3), _conv(3)]
ALIGNED = [
    _conv(1, 4, "valid", name="left"),
    {"type": "pad", "padding": [[1, 0]], "from": "input"},
    _conv(3, 2, "valid"),
    _conv(1, 2, "valid", name="right"),
    {"type": "add", "from": ["left", "right"]},
]
TWICE = [
    *ALIGNED,
    {"type": "relu", "name": "middle"},
    _conv(1, 2, name="left2"),
    {"type": "pad", "padding": [[1, 0]], "from": "middle"},
    _conv(3, 2, name="right2"),
    {"type": "add", "from": ["left2", "right2"]},
    {"type": "relu"},
]

# layers, image, then units, size, stride and padding of a unit far from both borders
EXAMPLES = {
    "seed 001, two convolutions": ([_conv(7, 2), _conv(3, 2)], 48, 10, 11, 4, 0),
    "seed 001, SimpleCNN": ([_conv(3, 1, 1), {"type": "max_pool", "kernel": 2}, _conv(3, 1, 1)], 64, 32, 8, 2, 3),
    "seed 002": (SEED_002, 96, 16, 34, 4, 0),
    "seed 004, layer 1": ([_conv(3, 2, 1)], 17, 9, 3, 2, 1),
    "seed 004, layer 2": ([_conv(3, 2, 1), _conv(3, 2, 1)], 33, 9, 7, 4, 3),
    "receptivefield readme": (README, 64, 23, 20, 2, 0),
    "receptivefield readme, two maps": (TWO_MAPS, 96, 17, 32, 4, 0),
    "distill, first": ([_conv(3, 3, 1), _conv(2)], 30, 9, 6, 3, 1),
    "distill, aligned": (ALIGNED, 40, 10, 3, 4, 1),
    "the same network twice": (TWICE, 80, 10, 11, 8, 5),
    "dilation": ([_conv(3, dilation=4)], 20, 12, 9, 1, 0),
}


@pytest.mark.parametrize(("layers", "image", "units", "size", "stride", "padding"), EXAMPLES.values(), ids=EXAMPLES)
def test_a_published_example(layers: list[Layer], image: int, units: int, size: int, stride: int, padding: int):
    (fields,) = impulse_fields(image, *layers).values()
    assert len(fields) == units
    middle = units // 2
    assert fields[middle] == (middle * stride - padding, middle * stride - padding + size - 1)


def test_seed_004_counts_its_features():
    model = compiled((1, 1, 5, 5), _conv(3, 2, 1, name="one"), _conv(3, 2, 1, name="two"))
    assert shapes(model) == {"one": (1, 1, 3, 3), "two": (1, 1, 2, 2)}


def test_seed_002_keeps_its_channels_and_sizes():
    widths = [32, 32, 0, 64, 64, 0, 128, 128]
    layers = [{**each, "channels": n} if n else each for each, n in zip(SEED_002, widths, strict=True)]
    model = compiled((1, 3, 96, 96), *layers)
    listed = [(32, 92), (32, 90), (32, 45), (64, 43), (64, 41), (64, 20), (128, 18), (128, 16)]
    assert sorted(shapes(model).values()) == sorted((1, channels, side, side) for channels, side in listed)
    assert sum(w.size for w in map(_values, model.graph.initializer)) == 288_544  # "Total params"


def _values(tensor: Any) -> Any:
    from onnx import numpy_helper

    return numpy_helper.to_array(tensor)


@pytest.mark.parametrize(("image", "aligned"), [(9, True), (8, False)])
def test_same_depends_on_the_image(image: int, aligned: bool):
    layers = [
        _conv(1, 4, "valid", name="left"),
        _conv(3, 2, "same", **{"from": "input"}),
        _conv(1, 2, "valid", name="right"),
    ]
    fields = impulse_fields(image, *layers)
    left, right = fields["left"][1], fields["right"][1]
    assert (sum(left) == sum(right)) == aligned


def test_a_u_nets_units_see_two_sizes():
    """Depth 3: after an upsample the size depends on the unit's phase (92 and 100; a sum over layers says 96)."""
    conv = _conv(3, 1, "same")
    layers: list[Layer] = []
    for depth in (1, 2, 3):
        layers += [conv, {**conv, "name": f"down{depth}"}, {"type": "max_pool", "kernel": 2}]
    layers += [conv, conv]
    for depth in (3, 2, 1):
        up = {"type": "transposed_conv", "name": f"up{depth}", "channels": 1, "kernel": 2, "stride": 2}
        layers += [up, {"type": "concat", "from": [f"down{depth}", f"up{depth}"]}, conv, conv]
    (fields,) = impulse_fields(256, *layers, {"type": "conv", "channels": 1, "kernel": 1}).values()
    assert {last - first + 1 for first, last in fields[100:156]} == {92, 100}
