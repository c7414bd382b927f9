"""Changes of a model file in place: nodes put in, values exchanged, what nobody reads taken out.

New values are called `added/...`; a model that has such names itself is then not valid, and refused.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import DTypeLike
from onnx import helper

from rfengine.coverage.recommend.constants import PLAIN, AddWeight, drawn, initializer_of, maker_of
from rfengine.graph import Shape
from rfengine.onnx_import.nodes import names_read

# Changes a model in place, with what adds weights to it.
Edit = Callable[[onnx.ModelProto, AddWeight], None]
ADDED = "added/"


def splice(model: onnx.ModelProto, nodes: Sequence[onnx.NodeProto], *, after: Collection[str]) -> None:
    """Put nodes in behind the last of those that make `after`."""
    old = list(model.graph.node)
    place = max((i + 1 for i, node in enumerate(old) if not set(after).isdisjoint(node.output)), default=0)
    model.graph.ClearField("node")
    model.graph.node.extend([*old[:place], *nodes, *old[place:]])


def reroute(model: onnx.ModelProto, old: str, new: str, *, readers: Collection[str]) -> None:
    """Let the nodes that make `readers` read `new` where they read `old`."""
    for node in model.graph.node:
        if not set(readers).isdisjoint(node.output):
            node.input[:] = [new if name == old else name for name in node.input]


def set_outputs(model: onnx.ModelProto, outputs: Sequence[onnx.ValueInfoProto]) -> None:
    """Make these the model's outputs, and drop what they do not need."""
    kept = list(outputs)
    model.graph.ClearField("output")
    model.graph.output.extend(kept)
    prune(model)


def copy_constant(model: onnx.ModelProto, name: str, copy: str) -> str:
    """The constant once more under another name; what is computed is shared, under its own."""
    if initializer_of(model, copy) is not None or maker_of(model, copy) is not None:
        return copy
    tensor, node = initializer_of(model, name), maker_of(model, name)
    if tensor is not None:
        model.graph.initializer.append(tensor)
        model.graph.initializer[-1].name = copy
        return copy
    if node is None or node.op_type not in PLAIN:
        return name
    again = onnx.NodeProto()
    again.CopyFrom(node)
    again.name, again.output[0] = copy, copy
    splice(model, [again], after=[name])
    return copy


def prune(model: onnx.ModelProto) -> None:
    """Drop the nodes and constants that no output needs."""
    needed, nodes = {value.name for value in model.graph.output}, []
    for node in reversed(model.graph.node):
        if needed.intersection(node.output):
            nodes.append(node)
            needed |= names_read(node)
    constants = [tensor for tensor in model.graph.initializer if tensor.name in needed]
    fixed = {tensor.name for tensor in model.graph.initializer} - needed
    inputs = [value for value in model.graph.input if value.name not in fixed]
    for field, kept in (("node", nodes[::-1]), ("initializer", constants), ("input", inputs)):
        model.graph.ClearField(field)
        getattr(model.graph, field).extend(kept)


def output_of(name: str, dtype: DTypeLike, rank: int) -> onnx.ValueInfoProto:
    """An output whose lengths are left open."""
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return helper.make_tensor_value_info(name, kind, [None] * rank)


@dataclass(frozen=True)
class Layers:
    """What adds layers to a model, whose weights are of one dtype."""

    model: onnx.ModelProto
    add: AddWeight
    dtype: DTypeLike

    def convolution(
        self, name: str, source: str, shape: Shape, *, stride: int = 1, groups: int = 1, relu: bool = False
    ) -> list[onnx.NodeProto]:
        """A convolution of drawn weights [out, in / groups, k, k] that keeps the size over its stride, named so."""
        weight = f"{name}:weight"
        self.add(self.model, weight, shape, self.dtype, lambda: drawn(weight, shape))
        made = f"{name}/conv" if relu else name
        conv = helper.make_node(
            "Conv",
            [source, weight],
            [made],
            name=made,
            pads=[side // 2 for side in (*shape[2:], *shape[2:])],
            strides=[stride] * 2,
            group=groups,
        )
        return [conv, helper.make_node("Relu", [made], [name], name=name)] if relu else [conv]
