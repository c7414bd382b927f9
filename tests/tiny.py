"""Small ONNX models for tests, built by hand, and the light models that the onnx package ships."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def light(name: str) -> bytes:
    """The bytes of `light_<name>.onnx`."""
    return (LIGHT / f"light_{name}.onnx").read_bytes()


def model(
    nodes: Sequence[onnx.NodeProto],
    *,
    inputs: dict[str, Sequence[int | str]],
    outputs: Sequence[str] = ("y",),
    constants: dict[str, Any] | None = None,
    opset: int = 17,
    domains: Sequence[str] = (),
) -> onnx.ModelProto:
    """A model of float inputs; outputs have no declared shape."""
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in inputs.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in (constants or {}).items()],
    )
    opsets = [helper.make_opsetid("", opset), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def weights(*shape: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Normal weights of a shape, scaled by the fan-in."""
    fan_in = int(np.prod(shape[1:])) or 1
    return (np.random.default_rng(seed).standard_normal(shape) / np.sqrt(fan_in)).astype(np.float32)


def conv_chain(layers: int, *, side: int = 32, kernel: int = 3, fill: float = 1.0) -> bytes:
    """`layers` one-channel convolutions, stride 1, SAME, all weights `fill`; tensors x, c1 ... cN."""
    pad = kernel // 2
    nodes = [
        helper.make_node("Conv", [f"c{i}" if i else "x", "w"], [f"c{i + 1}"], name=f"conv{i + 1}", pads=[pad] * 4)
        for i in range(layers)
    ]
    filled = np.full((1, 1, kernel, kernel), fill, np.float32)
    made = model(nodes, inputs={"x": [1, 1, side, side]}, outputs=[f"c{layers}"], constants={"w": filled})
    return bytes(made.SerializeToString())
