"""A protobuf node to a Node: attributes of the types that the operator defines, in plain Python and numpy."""

from types import MappingProxyType
from typing import Any

import onnx

from rfengine.errors import BadModel
from rfengine.graph import Node
from rfengine.limits import Limits
from rfengine.onnx_import.nodes import domain_of, label_of
from rfengine.onnx_import.tensor import array_of


def node_of(proto: onnx.NodeProto, version: int, limits: Limits) -> Node:
    """The node.

    Raises:
        BadModel: an attribute is none of the operator's, has another type, or its tensor cannot be read.
        LimitExceeded: it is larger than a cap.
        UnsupportedOperator: it holds text.
    """
    _check_types(proto, version)
    return Node(
        name=label_of(proto),
        op=proto.op_type,
        version=version,
        inputs=tuple(proto.input),
        outputs=tuple(proto.output),
        attributes=MappingProxyType({a.name: _value(a, label_of(proto), limits) for a in proto.attribute}),
        domain=domain_of(proto),
    )


def _check_types(proto: onnx.NodeProto, version: int) -> None:
    """What ONNX's checker does too, but not for operators that it defines as functions (1.23)."""
    try:
        schema = onnx.defs.get_schema(proto.op_type, version, domain_of(proto))
    except onnx.defs.SchemaError:
        return
    for attribute in proto.attribute:
        known = schema.attributes.get(attribute.name)
        place = f"attribute '{attribute.name}' of node '{label_of(proto)}'"
        if known is None and not attribute.name.startswith("_"):
            raise BadModel(f"{place}: {proto.op_type} has none of this name; export the model again")
        wanted: Any = None if known is None else known.type  # an enumeration that onnx's stubs do not describe
        if wanted is not None and int(wanted) != int(attribute.type):
            found = onnx.AttributeProto.AttributeType.Name(attribute.type)
            raise BadModel(f"{place} is of type {found} instead of {wanted.name}; export the model again")


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
