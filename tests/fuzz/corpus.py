"""What is mutated: every case of the operator tables, small networks of many operators, and pieces of real models."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.ops.case import model_of
from tests.ops.cases import CASES
from tests.tiny import LIGHT, model, weights

IMAGE: dict[str, Sequence[int | str]] = {"x": [1, 4, 16, 16]}

# Nodes of a piece of a real model, and of the longest that is still taken whole.
PIECE, WHOLE = 12, 70


@dataclass(frozen=True)
class Family:
    """Models of one kind, and how often they are chosen."""

    name: str
    share: float
    models: tuple[bytes, ...]


def families() -> tuple[Family, ...]:
    """The corpus. Cheap models make up most of what is drawn."""
    return (
        Family("operator cases", 0.62, tuple(model_of(case).SerializeToString() for case in CASES)),
        Family("small networks", 0.28, tuple(made.SerializeToString() for made in networks())),
        Family("pieces of light models", 0.095, tuple(piece.SerializeToString() for piece in pieces())),
        Family("whole light models", 0.005, tuple(made.SerializeToString() for made in whole())),
    )


def light_models() -> Iterator[onnx.ModelProto]:
    """The real models that the onnx package ships."""
    for path in sorted(LIGHT.glob("*.onnx")):
        yield onnx.load_model_from_string(path.read_bytes())


def whole() -> Iterator[onnx.ModelProto]:
    """Those light models that are short."""
    yield from (made for made in light_models() if len(made.graph.node) <= WHOLE)


def pieces() -> Iterator[onnx.ModelProto]:
    """Beginnings of every light model: what the first convolutions, poolings and joins need, on a small image."""
    for made in light_models():
        graph = made.graph
        computed = [i for i, node in enumerate(graph.node) if node.op_type not in ("Constant", "ConstantOfShape")]
        if not computed:
            continue
        last = computed[: PIECE + 1][-1]
        kept = list(graph.node[: last + 1])
        read = {name for node in kept for name in node.input}
        initializers = [tensor for tensor in graph.initializer if tensor.name in read]
        fixed = {tensor.name for tensor in graph.initializer}
        inputs = [value for value in graph.input if value.name not in fixed or value.name in read]
        for value in inputs:
            if value.name not in fixed:
                for dim in value.type.tensor_type.shape.dim[2:]:
                    dim.dim_value = 64
        for field in ("node", "initializer", "input", "output", "value_info"):
            graph.ClearField(field)
        graph.node.extend(kept)
        graph.initializer.extend(initializers)
        graph.input.extend(inputs)
        graph.output.append(helper.make_empty_tensor_value_info(kept[-1].output[0]))
        yield made


def networks() -> Iterator[onnx.ModelProto]:
    """Small networks in which operators meet: residual, pyramid, attention, shuffles, control flow, number types."""
    node = helper.make_node
    w4, w8 = weights(4, 4, 3, 3), weights(8, 4, 3, 3)
    same: dict[str, Any] = {"pads": [1, 1, 1, 1]}
    yield model(
        [
            node("Conv", ["x", "w"], ["a"], name="conv", kernel_shape=[3, 3], **same),
            node("BatchNormalization", ["a", "g", "b", "m", "v"], ["n"], epsilon=1e-3),
            node("Relu", ["n"], ["r"]),
            node("Add", ["r", "x"], ["s"]),
            node("MaxPool", ["s"], ["y"], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1),
        ],
        inputs=IMAGE,
        constants={"w": w4} | {name: np.ones(4, np.float32) for name in "gbmv"},
    )
    yield model(
        [
            node("Conv", ["x", "w"], ["a"], auto_pad="SAME_UPPER", strides=[2, 2], dilations=[1, 1]),
            node("ConvTranspose", ["a", "t"], ["b"], strides=[2, 2], output_padding=[1, 1], pads=[1, 1, 1, 1]),
            node("Concat", ["b", "x"], ["c"], axis=1),
            node("Resize", ["c", "", "scales"], ["y"], mode="linear", coordinate_transformation_mode="half_pixel"),
        ],
        inputs=IMAGE,
        constants={"w": w8, "t": weights(8, 4, 3, 3), "scales": np.asarray([1, 1, 2, 1.5], np.float32)},
    )
    yield model(
        [
            node("Shape", ["x"], ["shape"]),
            node("Slice", ["shape", "two", "four"], ["size"]),
            node("Mul", ["size", "two"], ["double"]),
            node("Slice", ["shape", "zero", "two"], ["front"]),
            node("Concat", ["front", "double"], ["sizes"], axis=0),
            node("Resize", ["x", "", "", "sizes"], ["up"], mode="nearest", nearest_mode="floor"),
            node("AveragePool", ["up"], ["y"], kernel_shape=[3, 3], pads=[1, 1, 1, 1], count_include_pad=1),
        ],
        inputs={"x": ["n", 4, "h", "w"]},
        constants={"zero": np.asarray([0]), "two": np.asarray([2]), "four": np.asarray([4])},
    )
    yield model(
        [
            node("Reshape", ["x", "split"], ["a"]),
            node("Transpose", ["a"], ["b"], perm=[0, 2, 1, 3, 4]),
            node("Reshape", ["b", "merge"], ["c"]),
            node("DepthToSpace", ["c"], ["d"], blocksize=2, mode="CRD"),
            node("SpaceToDepth", ["d"], ["e"], blocksize=4),
            node("Pad", ["e", "pads"], ["y"], mode="reflect"),
        ],
        inputs=IMAGE,
        constants={
            "split": np.asarray([0, 2, 2, 16, 16]),
            "merge": np.asarray([0, 4, 16, 16]),
            "pads": np.asarray([0, 0, 1, 2, 0, 0, 1, 2]),
        },
    )
    yield model(
        [
            node("Reshape", ["x", "tokens"], ["t"]),
            node("Transpose", ["t"], ["q"], perm=[0, 2, 1]),
            node("MatMul", ["q", "t"], ["scores"]),
            node("Softmax", ["scores"], ["attention"], axis=-1),
            node("MatMul", ["attention", "q"], ["mixed"]),
            node("LayerNormalization", ["mixed", "gain"], ["normed"]),
            node("Transpose", ["normed"], ["back"], perm=[0, 2, 1]),
            node("Reshape", ["back", "image"], ["y"]),
        ],
        inputs=IMAGE,
        constants={
            "tokens": np.asarray([1, 4, 256]),
            "image": np.asarray([1, 4, 16, 16]),
            "gain": np.ones(4, np.float32),
        },
    )
    yield model(
        [
            node("Split", ["x"], ["a", "b"], axis=1, num_outputs=2),
            node("Sigmoid", ["a"], ["gate"]),
            node("Mul", ["b", "gate"], ["gated"]),
            node("GlobalAveragePool", ["gated"], ["pooled"]),
            node("HardSigmoid", ["pooled"], ["squeezed"], alpha=0.2),
            node("Mul", ["gated", "squeezed"], ["excited"]),
            node("Clip", ["excited", "low", "high"], ["y"]),
        ],
        inputs=IMAGE,
        opset=18,
        constants={"low": np.float32(0), "high": np.float32(6)},
    )
    yield model(
        [
            node("Range", ["zero", "eight", "one"], ["row"]),
            node("Cast", ["row"], ["floats"], to=TensorProto.FLOAT),
            node("Expand", ["floats", "shape"], ["grid"]),
            node("Tile", ["grid", "twice"], ["tiled"]),
            node("Slice", ["x", "starts", "ends", "axes", "steps"], ["cut"]),
            node("Add", ["cut", "tiled"], ["y"]),
        ],
        inputs=IMAGE,
        constants={
            "zero": np.int64(0),
            "eight": np.int64(8),
            "one": np.int64(1),
            "shape": np.asarray([1, 4, 4, 8]),
            "twice": np.asarray([1, 1, 2, 1]),
            "starts": np.asarray([0, 15]),
            "ends": np.asarray([16, -17]),
            "axes": np.asarray([2, 3]),
            "steps": np.asarray([2, -2]),
        },
    )
    yield model(
        [
            node("Gather", ["x", "index"], ["a"], axis=2),
            node("ReduceMean", ["a"], ["b"], axes=[1], keepdims=1),
            node("Sub", ["a", "b"], ["c"]),
            node("InstanceNormalization", ["c", "g", "g"], ["d"]),
            node("PRelu", ["d", "slope"], ["e"]),
            node("Where", ["flag", "e", "zero"], ["y"]),
        ],
        inputs=IMAGE,
        constants={
            "index": np.arange(0, 16, 3),
            "g": np.ones(4, np.float32),
            "slope": np.ones((4, 1, 1), np.float32),
            "flag": np.asarray(True),
            "zero": np.float32(0),
        },
    )
    yield model(
        [
            node("QuantizeLinear", ["x", "scale", "point"], ["q"]),
            node("QLinearConv", ["q", "scale", "point", "w", "scale", "wpoint", "scale", "point"], ["c"], **same),
            node("DequantizeLinear", ["c", "scale", "point"], ["y"]),
        ],
        inputs=IMAGE,
        constants={
            "scale": np.float32(0.1),
            "point": np.uint8(3),
            "wpoint": np.int8(0),
            "w": np.ones((4, 4, 3, 3), np.int8),
        },
    )
    branches: dict[str, Any] = {
        f"{which}_branch": helper.make_graph(
            [node(op, ["x"], ["inner"], name=which)], which, [], [helper.make_empty_tensor_value_info("inner")]
        )
        for which, op in (("then", "Relu"), ("else", "Tanh"))
    }
    yield model(
        [node("If", ["flag"], ["chosen"], name="if", **branches), node("LRN", ["chosen"], ["y"], size=3)],
        inputs=IMAGE,
        constants={"flag": np.asarray(True)},
    )
    yield _with_function()
    for dtype in (np.float16, np.float64):
        made = model([node("Conv", ["x", "w"], ["y"], pads=[1] * 4)], inputs=IMAGE, constants={"w": w4.astype(dtype)})
        made.graph.input[0].type.tensor_type.elem_type = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        yield made
    for opset in (6, 9, 11):
        yield model(
            [node("Conv", ["x", "w"], ["a"], **same), node("BatchNormalization", ["a", *"gbmv"], ["y"])],
            inputs=IMAGE,
            opset=opset,
            constants={"w": w4} | {name: np.ones(4, np.float32) for name in "gbmv"},
        )


def _with_function() -> onnx.ModelProto:
    """A model-local function with an attribute, called twice."""
    slope = helper.make_node("LeakyRelu", ["a"], ["t"])
    slope.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    body = helper.make_function(
        "acme",
        "Block",
        ["a", "w"],
        ["b"],
        [slope, helper.make_node("Conv", ["t", "w"], ["b"], pads=[1, 1, 1, 1])],
        [helper.make_opsetid("", 17)],
        attributes=["slope"],
    )
    made = model(
        [
            helper.make_node("Block", ["x", "w"], ["h"], domain="acme", slope=0.1),
            helper.make_node("Block", ["h", "w"], ["y"], domain="acme", slope=0.2),
        ],
        inputs=IMAGE,
        constants={"w": weights(4, 4, 3, 3)},
        domains=["acme"],
    )
    made.functions.append(body)
    tensor = made.graph.initializer[0]
    tensor.CopyFrom(numpy_helper.from_array(weights(4, 4, 3, 3), "w"))
    return made
