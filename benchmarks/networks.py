"""Networks of any size, to see what their fields cost: residual chains and dense blocks.

A field does not depend on how many channels there are, so every map here has one, or as many as are concatenated.
"""

from collections.abc import Sequence

import numpy as np
import onnx
from onnx import helper, numpy_helper

SIDE = 64

# Layers per dense block of DenseNet-201 (Huang et al. 2016, table 1).
DENSENET_201 = (6, 12, 48, 32)


def chain(nodes: int) -> bytes:
    """A residual chain of 3x3 convolutions with about so many nodes: convolution, ReLU, sum; over and over."""
    made = [_convolution("x", "c0", "w")]
    for i in range(nodes // 3):
        made += [
            _convolution(f"c{i}", f"a{i}", "w"),
            helper.make_node("Relu", [f"a{i}"], [f"b{i}"]),
            helper.make_node("Add", [f"b{i}", f"c{i}"], [f"c{i + 1}"]),
        ]
    return _model(made, {"w": (1, 1, 3, 3)}, f"c{nodes // 3}", SIDE)


def dense(layers: Sequence[int], side: int = SIDE) -> bytes:
    """Dense blocks of so many layers each, every layer one channel wide: each reads all before it in its block.

    The layout is DenseNet's (torchvision): concatenation, norm, ReLU, convolution 1x1, norm, ReLU, convolution 3x3;
    between blocks norm, ReLU, convolution 1x1 and average pooling.
    """
    made = [
        _convolution("x", "stem", "stem:w", kernel=7, stride=2),
        helper.make_node(
            "MaxPool", ["stem"], ["block0"], kernel_shape=[3, 3], strides=[2, 2], pads=[1] * 4, name="pool"
        ),
    ]
    weights: dict[str, tuple[int, ...]] = {"stem:w": (1, 1, 7, 7)}
    for block, count in enumerate(layers):
        parts = [f"block{block}"]
        for layer in range(count):
            label = f"block{block}/layer{layer}"
            made += [helper.make_node("Concat", parts, [f"{label}/all"], axis=1)]
            made += _activated(f"{label}/all", f"{label}/1", len(parts), weights)
            made += [_convolution(f"{label}/1", f"{label}/2", f"{label}/w1", kernel=1)]
            made += _activated(f"{label}/2", f"{label}/3", 1, weights)
            made += [_convolution(f"{label}/3", label, f"{label}/w3")]
            weights |= {f"{label}/w1": (1, len(parts), 1, 1), f"{label}/w3": (1, 1, 3, 3)}
            parts.append(label)
        made += [helper.make_node("Concat", parts, [f"end{block}"], axis=1)]
        made += _activated(f"end{block}", f"end{block}/1", len(parts), weights)
        made += [_convolution(f"end{block}/1", f"end{block}/2", f"end{block}/w", kernel=1)]
        weights[f"end{block}/w"] = (1, len(parts), 1, 1)
        made += [
            helper.make_node(
                "AveragePool", [f"end{block}/2"], [f"block{block + 1}"], kernel_shape=[2, 2], strides=[2, 2]
            )
        ]
    return _model(made, weights, f"block{len(layers)}", side)


def _convolution(source: str, target: str, weight: str, *, kernel: int = 3, stride: int = 1) -> onnx.NodeProto:
    return helper.make_node("Conv", [source, weight], [target], strides=[stride] * 2, pads=[kernel // 2] * 4)


def _activated(source: str, target: str, channels: int, weights: dict[str, tuple[int, ...]]) -> list[onnx.NodeProto]:
    """Batch norm and ReLU."""
    parameters = [f"{target}:{part}" for part in ("scale", "bias", "mean", "var")]
    weights |= dict.fromkeys(parameters, (channels,))
    return [
        helper.make_node("BatchNormalization", [source, *parameters], [f"{target}:norm"]),
        helper.make_node("Relu", [f"{target}:norm"], [target]),
    ]


def _model(nodes: Sequence[onnx.NodeProto], weights: dict[str, tuple[int, ...]], output: str, side: int) -> bytes:
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1, 1, side, side])],
        [helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.ones(shape, np.float32), name) for name, shape in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    return bytes(model.SerializeToString())
