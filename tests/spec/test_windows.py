"""Sizes and SAME padding over random parameters, against onnx's own definitions."""

import numpy as np
import onnx
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from rfengine.errors import BadSpec
from tests.spec.helpers import Layer, compiled, inferred, run, shapes

SIZES = st.integers(1, 24)
SMALL = st.integers(1, 5)
PADS = st.integers(0, 3)


def _shape_is_inferred(size: int, layer: Layer) -> None:
    try:
        model = compiled((1, 2, size), {**layer, "name": "it"})
    except BadSpec:
        assume(False)
    assert shapes(model)["it"] == inferred(model)["it"] == run(model)["it"].shape


@settings(deadline=None, max_examples=100)
@given(SIZES, SMALL, SMALL, SMALL, PADS, PADS)
def test_conv_sizes(size: int, kernel: int, stride: int, dilation: int, begin: int, end: int):
    geometry = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": [[begin, end]]}
    _shape_is_inferred(size, {"type": "conv", "channels": 1, **geometry})


@settings(deadline=None, max_examples=100)
@given(SIZES, SMALL, SMALL, PADS, PADS, st.booleans())
def test_pool_sizes(size: int, kernel: int, stride: int, begin: int, end: int, ceil_mode: bool):
    geometry = {"kernel": kernel, "stride": stride, "padding": [[begin, end]], "ceil_mode": ceil_mode}
    _shape_is_inferred(size, {"type": "max_pool", **geometry})


@settings(deadline=None, max_examples=100)
@given(SIZES, SMALL, SMALL, SMALL, PADS, PADS, PADS)
def test_transposed_conv_sizes(size: int, kernel: int, stride: int, dilation: int, begin: int, end: int, extra: int):
    geometry = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": [[begin, end]]}
    _shape_is_inferred(size, {"type": "transposed_conv", "channels": 1, "output_padding": extra, **geometry})


@settings(deadline=None, max_examples=100)
@given(SIZES, st.integers(1, 80).map(lambda tenths: tenths / 10) | st.floats(0.05, 8))
@example(10, 1.9)
def test_resize_sizes(size: int, scale: float):
    _shape_is_inferred(size, {"type": "resize", "scale": scale})


@settings(deadline=None, max_examples=100)
@given(SIZES, *[st.one_of(st.none(), st.integers(-30, 30))] * 2, SMALL)
def test_slice_sizes(size: int, start: int | None, stop: int | None, step: int):
    _shape_is_inferred(size, {"type": "slice", "start": [start], "stop": [stop], "step": step})


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["conv", "transposed_conv", "max_pool"]), SIZES, st.integers(1, 7), SMALL)
def test_same_is_what_onnx_calls_same_upper(kind: str, size: int, kernel: int, stride: int):
    assume(kernel >= stride)  # below, onnxruntime crops where TensorFlow adds nothing; see the next test
    channels = {} if kind == "max_pool" else {"channels": 2}
    layer = {"type": kind, "name": "it", "kernel": kernel, "stride": stride, "padding": "same", **channels}
    ours = compiled((1, 2, size), layer)
    theirs = onnx.ModelProto()
    theirs.CopyFrom(ours)
    kept = [each for each in theirs.graph.node[0].attribute if each.name not in ("pads", "output_padding")]
    del theirs.graph.node[0].attribute[:]
    theirs.graph.node[0].attribute.extend([*kept, onnx.helper.make_attribute("auto_pad", "SAME_UPPER")])
    np.testing.assert_allclose(run(ours)["it"], run(theirs)["it"], rtol=1e-5, atol=1e-6)


@given(SIZES, st.integers(1, 4), st.integers(1, 4))
def test_same_never_crops(size: int, kernel: int, more: int):
    """TensorFlow: max(kernel - stride, 0) where the stride divides the size."""
    stride = kernel + more
    layer = {"type": "conv", "channels": 1, "kernel": kernel, "stride": stride, "padding": "same"}
    (node,) = compiled((1, 1, size * stride), layer).graph.node
    assert list({each.name: each.ints for each in node.attribute}["pads"]) == [0, 0]


@settings(deadline=None, max_examples=100)
@given(SIZES, st.integers(1, 7), SMALL, SMALL)
def test_same_keeps_size_over_stride(size: int, kernel: int, stride: int, dilation: int):
    geometry = {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": "same"}
    model = compiled((1, 1, size), {"type": "conv", "name": "it", "channels": 1, **geometry})
    assert run(model)["it"].shape == (1, 1, -(-size // stride))
