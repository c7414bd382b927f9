"""Random networks of local operators, as ONNX models: what Hypothesis draws the analysis from."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from hypothesis import assume
from hypothesis import strategies as st
from onnx import helper

from tests import tiny

CHANNELS = 2
SMALLEST, LARGEST = 4, 26
FEWEST_NODES, MOST_NODES, LARGEST_STEP = 5, 40, 4
Pair = tuple[int, int]


class Unfit(Exception):
    """A step would make a map that is too small or too large; it is left out."""


@dataclass(frozen=True)
class Tensor:
    """A feature map of the network: its name, its height and width, and its stride, px, per axis (None: none)."""

    name: str
    size: Pair
    stride: tuple[float, float] | None


@dataclass
class Network:
    """A network while it is drawn. All its maps have `CHANNELS` channels; weights are positive."""

    draw: st.DrawFn
    size: Pair
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, Any] = field(default_factory=dict)
    tensors: list[Tensor] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tensors.append(Tensor("x", self.size, (1.0, 1.0)))

    def model(self) -> onnx.ModelProto:
        """The model; every map is an output."""
        return tiny.model(
            self.nodes,
            inputs={"x": [1, CHANNELS, *self.size]},
            outputs=[tensor.name for tensor in self.tensors[1:]],
            constants=self.constants,
            opset=19,
        )

    def node(self, op: str, *inputs: Any, **attributes: Any) -> str:
        """Add a node; inputs are names, or arrays that become constants."""
        name = f"{op.lower()}{len(self.nodes)}"
        names = []
        for index, each in enumerate(inputs):
            if not isinstance(each, str):
                self.constants[f"{name}:{index}"] = each
                each = f"{name}:{index}"
            names.append(each)
        self.nodes.append(helper.make_node(op, names, [name], name=name, **attributes))
        return name

    def pair(self, low: int, high: int) -> Pair:
        """Two numbers, one per axis."""
        return self.draw(st.tuples(st.integers(low, high), st.integers(low, high)))

    def grown(self, source: Tensor, value: str, size: Pair, step: tuple[float, float]) -> Tensor:
        """The map made from another by an operator that moves `step` units of it per unit of its own."""
        if not all(SMALLEST <= n <= LARGEST for n in size):
            raise Unfit
        stride = source.stride and (source.stride[0] * step[0], source.stride[1] * step[1])
        return Tensor(value, size, stride)


def _weight(*shape: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.full(shape, 0.1, np.float32)


def _window(net: Network, source: Tensor, dilation: Pair) -> tuple[dict[str, Any], Pair]:
    """Kernel, strides, pads and the output size; the window fits."""
    kernel, strides = net.pair(1, 3), net.pair(1, 2)
    pads = [*net.pair(0, 2), *net.pair(0, 2)]
    if dilation == (1, 1):
        pads = [min(pad, kernel[i % 2] - 1) for i, pad in enumerate(pads)]
    size = tuple(
        (n + pads[i] + pads[i + 2] - d * (k - 1) - 1) // s + 1
        for i, (n, k, s, d) in enumerate(zip(source.size, kernel, strides, dilation, strict=True))
    )
    return {"kernel_shape": kernel, "strides": strides, "pads": pads}, (size[0], size[1])


def conv(net: Network, source: Tensor) -> Tensor:
    dilation = net.pair(1, 2)
    window, size = _window(net, source, dilation)
    weight = _weight(CHANNELS, CHANNELS, *window["kernel_shape"])
    made = net.node("Conv", source.name, weight, dilations=dilation, **window)
    return net.grown(source, made, size, window["strides"])


def pool(net: Network, source: Tensor) -> Tensor:
    window, size = _window(net, source, (1, 1))
    made = net.node(net.draw(st.sampled_from(["MaxPool", "AveragePool"])), source.name, **window)
    return net.grown(source, made, size, window["strides"])


def transposed(net: Network, source: Tensor) -> Tensor:
    strides = net.pair(1, 2)
    kernel = tuple(s + more for s, more in zip(strides, net.pair(0, 2), strict=True))
    pads = [min(pad, kernel[i % 2] - 1) for i, pad in enumerate([*net.pair(0, 1), *net.pair(0, 1)])]
    made = net.node("ConvTranspose", source.name, _weight(CHANNELS, CHANNELS, *kernel), strides=strides, pads=pads)
    height, width = (
        (n - 1) * s + k - pads[i] - pads[i + 2]
        for i, (n, s, k) in enumerate(zip(source.size, strides, kernel, strict=True))
    )
    return net.grown(source, made, (height, width), (1 / strides[0], 1 / strides[1]))


def upsample(net: Network, source: Tensor) -> Tensor:
    """Nearest by 2 or 3, or linear by 2: no tap has the coefficient zero, through which NaN would leak."""
    mode = net.draw(st.sampled_from(["nearest", "linear"]))
    factor = 2 if mode == "linear" else net.draw(st.sampled_from([2, 3]))
    how = "half_pixel" if mode == "linear" else net.draw(st.sampled_from(["half_pixel", "asymmetric"]))
    scales = np.asarray([1, 1, factor, factor], np.float32)
    made = net.node("Resize", source.name, "", scales, mode=mode, coordinate_transformation_mode=how)
    return net.grown(source, made, (source.size[0] * factor, source.size[1] * factor), (1 / factor, 1 / factor))


def pad(net: Network, source: Tensor) -> Tensor:
    begin, end = net.pair(0, 3), net.pair(0, 3)
    mode = net.draw(st.sampled_from(["constant", "edge", "reflect", "wrap"]))
    made = net.node("Pad", source.name, np.asarray([0, 0, *begin, 0, 0, *end], np.int64), mode=mode)
    height, width = (n + b + e for n, b, e in zip(source.size, begin, end, strict=True))
    return net.grown(source, made, (height, width), (1, 1))


def crop(net: Network, source: Tensor, size: Pair | None = None) -> Tensor:
    """A part of the map, of a given size or of any; now and then every second row or a mirror image of it."""
    height, width = size or tuple(net.draw(st.integers(SMALLEST, n)) for n in source.size)
    first = [net.draw(st.integers(0, n - kept)) for n, kept in zip(source.size, (height, width), strict=True)]
    last = [first[0] + height, first[1] + width]
    made = net.node("Slice", source.name, *(np.asarray(v, np.int64) for v in (first, last, [2, 3])))
    return net.grown(source, made, (height, width), (1, 1))


def flip(net: Network, source: Tensor) -> Tensor:
    step = net.draw(st.sampled_from([-1, 2, -2]))
    first, last = (-1, -(2**31)) if step < 0 else (0, 2**31)
    made = net.node("Slice", source.name, *(np.asarray([v], np.int64) for v in (first, last, 3, step)))
    return net.grown(source, made, (source.size[0], -(-source.size[1] // abs(step))), (1, step))


def activation(net: Network, source: Tensor) -> Tensor:
    return net.grown(source, net.node(net.draw(st.sampled_from(["Relu", "Sigmoid"])), source.name), source.size, (1, 1))


def focus(net: Network, source: Tensor) -> Tensor:
    """Space to depth, back to two channels."""
    even = crop(net, source, (source.size[0] // 2 * 2, source.size[1] // 2 * 2))
    deep = net.node("SpaceToDepth", even.name, blocksize=2)
    made = net.node("Conv", deep, _weight(CHANNELS, CHANNELS * 4, 1, 1))
    return net.grown(even, made, (even.size[0] // 2, even.size[1] // 2), (2, 2))


def shuffle(net: Network, source: Tensor) -> Tensor:
    """Depth to space, of channels that all see the same."""
    wide = net.node("Conv", source.name, _weight(CHANNELS * 4, CHANNELS, 1, 1))
    made = net.node("DepthToSpace", wide, blocksize=2)
    return net.grown(source, made, (source.size[0] * 2, source.size[1] * 2), (0.5, 0.5))


def meeting(net: Network, source: Tensor) -> Tensor:
    """The map and an earlier one, cropped to one size, added or concatenated; mostly of equal stride."""
    alike = [tensor for tensor in net.tensors if tensor.stride is not None and tensor.stride == source.stride]
    other = net.draw(st.sampled_from([*alike, *net.tensors[-2:]]))
    size = tuple(min(pair) for pair in zip(source.size, other.size, strict=True))
    one, two = crop(net, source, size), crop(net, other, size)
    if net.draw(st.booleans()):
        made = net.node("Add", one.name, two.name)
    else:
        both = net.node("Concat", one.name, two.name, axis=1)
        made = net.node("Conv", both, _weight(CHANNELS, CHANNELS * 2, 1, 1))
    return Tensor(made, one.size, one.stride if one.stride == two.stride else None)


STEPS: list[Callable[[Network, Tensor], Tensor]] = [
    conv, conv, conv, pool, transposed, upsample, pad, crop, flip, activation, focus, shuffle, meeting, meeting,
]  # fmt: skip


@st.composite
def networks(draw: st.DrawFn) -> onnx.ModelProto:
    """A model of 5 to 40 nodes, made by up to 24 such steps, on a canvas of at most 14 x 14."""
    net = Network(draw, draw(st.tuples(st.integers(6, 14), st.integers(6, 14))))
    for step in draw(st.lists(st.sampled_from(STEPS), min_size=4, max_size=24)):
        if len(net.nodes) > MOST_NODES - LARGEST_STEP:
            break
        last = net.tensors[-1]
        source = draw(st.sampled_from([last, last, *net.tensors])) if step is not meeting else last
        before = len(net.nodes)
        try:
            net.tensors.append(step(net, source))
        except Unfit:
            del net.nodes[before:]
    assume(len(net.nodes) >= FEWEST_NODES)
    return net.model()
