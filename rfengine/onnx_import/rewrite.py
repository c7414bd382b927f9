"""A node in a version that nobody registered, said with nodes that somebody did.

Three ways, best first: old one-sided broadcasting as a reshape; the node converted upwards by onnx; the body that ONNX
itself gives to an operator that is a function of others. Each works on a model of this one node, at known shapes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import onnx
import onnx.inliner
import onnx.version_converter
from onnx import helper

from rfengine import ops
from rfengine.onnx_import.nodes import ONNX_ERRORS, domain_of, label_of, version_of

# ONNX's own operators to come, each one a function of those there are.
PREVIEW = "ai.onnx.preview"

# From this opset on a Constant may hold whole numbers, such as the shapes that conversion makes of attributes.
INTEGERS = 9


@dataclass(frozen=True)
class Rewritten:
    """What takes a node's place: a graph with its input and output names, at an opset of the default domain."""

    graph: onnx.GraphProto
    opset: int
    how: str


def rewritten(
    node: onnx.NodeProto,
    opset: int,
    types: Mapping[str, onnx.TypeProto],
    constants: Mapping[str, onnx.TensorProto],
) -> Rewritten | None:
    """Other nodes for a node of the default domain, or None when there are none.

    Args:
        node: a node that onnx's checker accepts.
        opset: the opset it is written in.
        types: type and shape of its inputs.
        constants: those of its inputs that are known and small.
    """
    domain = domain_of(node)
    if domain not in ("", PREVIEW):
        return None
    version = version_of(node, opset) or 0
    newer = [
        v for o in ops.operators() if (o.domain, o.name) == (domain, node.op_type) for v in o.versions if v > version
    ]
    model = _model_of(node, opset, types, constants)
    if newer and opset < 7 and any(a.name == "axis" for a in node.attribute) and _broadcasts(node):
        return _reshaped(node, types)
    try:
        if newer:
            target = max(min(newer), INTEGERS) if version_of(node, INTEGERS) in newer else min(newer)
            made = onnx.version_converter.convert_version(model, target)
            how = f"converted from version {version} to opset {target} by onnx {onnx.__version__}"
            return Rewritten(made.graph, target, how)
        with_defaults = _model_of(_filled(node, opset), opset, types, constants)
        made = onnx.inliner.inline_selected_functions(
            with_defaults, [(domain, node.op_type), ("", "CastLike")], inline_schema_functions=True
        )
    except ONNX_ERRORS:
        return None
    if any(part.op_type == node.op_type for part in made.graph.node):
        return None
    return Rewritten(made.graph, opset, "written out as the function that ONNX defines it as")


def _model_of(
    node: onnx.NodeProto, opset: int, types: Mapping[str, onnx.TypeProto], constants: Mapping[str, onnx.TensorProto]
) -> onnx.ModelProto:
    names = dict.fromkeys(name for name in node.input if name)
    graph = helper.make_graph(
        [node],
        "one node",
        [helper.make_value_info(name, types[name]) for name in names if name not in constants],
        [onnx.ValueInfoProto(name=name) for name in node.output if name],
        [constants[name] for name in names if name in constants],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(PREVIEW, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=onnx.IR_VERSION)


def _broadcasts(node: onnx.NodeProto) -> bool:
    return any(a.name == "broadcast" and a.i for a in node.attribute)


def _reshaped(node: onnx.NodeProto, types: Mapping[str, onnx.TypeProto]) -> Rewritten | None:
    """Broadcasting before opset 7: the second input's axes lie at `axis` of the first.

    onnx's converter takes `axis` for 0 (1.23), which puts a bias per channel on the batch.
    """
    ranks = [len(types[name].tensor_type.shape.dim) for name in node.input]
    if len(ranks) != 2:
        return None
    axis = next(int(a.i) for a in node.attribute if a.name == "axis")
    trailing = ranks[0] - (axis + ranks[0] if axis < 0 else axis) - ranks[1]
    if trailing < 0:
        return None
    wide = f"{node.output[0]}:wide"
    axes = list(range(ranks[1], ranks[1] + trailing))
    widen = helper.make_node("Unsqueeze", [node.input[1]], [wide], name=f"{label_of(node)}:axis", axes=axes)
    second = wide if axes else node.input[1]
    nodes = [
        *([widen] if axes else []),
        helper.make_node(node.op_type, [node.input[0], second], list(node.output), name=node.name),
    ]
    return Rewritten(helper.make_graph(nodes, "broadcast", [], []), 7, "its old broadcasting written as Unsqueeze")


def _filled(node: onnx.NodeProto, opset: int) -> onnx.NodeProto:
    """The node with its attributes' defaults: onnx's inliner leaves out what a body refers to and the node lacks."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    given = {attribute.name for attribute in node.attribute}
    schema = onnx.defs.get_schema(node.op_type, opset, "")
    copy.attribute.extend(
        a.default_value for name, a in schema.attributes.items() if name not in given and a.default_value.name
    )
    while copy.input and not copy.input[-1]:
        del copy.input[-1]
    return copy
