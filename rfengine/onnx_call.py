"""A protobuf node to a Node: attributes in plain Python and numpy."""

from types import MappingProxyType
from typing import Any

import onnx

from rfengine.graph import Node
from rfengine.limits import Limits
from rfengine.onnx_nodes import domain_of, label_of
from rfengine.onnx_tensor import array_of


def node_of(proto: onnx.NodeProto, version: int, limits: Limits) -> Node:
    """The node.

    Raises:
        BadModel: an attribute's tensor cannot be read.
        LimitExceeded: it is larger than a cap.
        UnsupportedOperator: it holds text.
    """
    return Node(
        name=label_of(proto),
        op=proto.op_type,
        version=version,
        inputs=tuple(proto.input),
        outputs=tuple(proto.output),
        attributes=MappingProxyType({a.name: _value(a, label_of(proto), limits) for a in proto.attribute}),
        domain=domain_of(proto),
    )


def _value(attribute: onnx.AttributeProto, label: str, limits: Limits) -> Any:
    """An attribute's value in plain Python and numpy; strings decoded, lists as tuples."""
    value = onnx.helper.get_attribute_value(attribute)
    if isinstance(value, onnx.TensorProto):
        return array_of(value, f"attribute '{attribute.name}' of node '{label}'", limits)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, str | int | float) or not hasattr(value, "__iter__"):
        return value
    return tuple(v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in value)
