"""A protobuf node to a Node: attributes in plain Python, and those that say sizes within reason.

ONNX's inference trusts strides and windows: a stride of zero ends the process that divides by it.
"""

from types import MappingProxyType
from typing import Any

import onnx

from rfengine.errors import BadShape
from rfengine.graph import Node
from rfengine.limits import Limits
from rfengine.onnx_nodes import domain_of, label_of
from rfengine.onnx_tensor import array_of

# Attributes that say how many or how far; zero and less mean nothing, wherever they occur.
_COUNTS = frozenset({"kernel_shape", "strides", "dilations", "group", "blocksize", "num_groups", "num_outputs"})
_FLAGS = frozenset(
    {"align_corners", "allowzero", "ceil_mode", "count_include_pad", "exclusive", "keepdims", "largest"}
    | {"noop_with_empty_axes", "reverse", "select_last_index", "sorted", "training_mode", "transA", "transB", "upper"}
)
_CAPPED = {
    "window": frozenset({"kernel_shape", "strides", "blocksize"}),
    "reach": frozenset({"dilations", "pads", "output_padding", "output_shape", "size"}),
    "arity": frozenset({"num_outputs"}),
}


def node_of(proto: onnx.NodeProto, version: int, limits: Limits) -> Node:
    """The node, its attributes checked.

    Raises:
        BadModel: an attribute's tensor cannot be read.
        BadShape: a size that must be positive is not.
        LimitExceeded: a window, a stride, a dilation or a padding passes its cap.
    """
    node = Node(
        name=label_of(proto),
        op=proto.op_type,
        version=version,
        inputs=tuple(proto.input),
        outputs=tuple(proto.output),
        attributes=MappingProxyType({a.name: _value(a, label_of(proto), limits) for a in proto.attribute}),
        domain=domain_of(proto),
    )
    for name, value in node.attributes.items():
        _check_sizes(node, name, value, limits)
    return node


def check_window(node: Node, kernel: tuple[int, ...], limits: Limits) -> None:
    """Compare a window, spread by the node's dilations, to the caps.

    Raises:
        LimitExceeded: it has too many taps along an axis or reaches too far.
    """
    dilations = node.attributes.get("dilations") or (1,) * len(kernel)
    for taps, dilation in zip(kernel, dilations, strict=False):
        limits.check(f"{node}: taps of its kernel {list(kernel)} along an axis", taps, "window")
        limits.check(f"{node}: reach of its kernel {list(kernel)} along an axis", (taps - 1) * dilation + 1, "reach")


def _check_sizes(node: Node, name: str, value: Any, limits: Limits) -> None:
    numbers = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(number, int) for number in numbers):
        return
    if name in _COUNTS and any(number < 1 for number in numbers):
        shown = list(numbers) if isinstance(value, tuple) else value
        raise BadShape(f"{node}: {name}={shown} must be positive; export the model again")
    if name in _FLAGS and any(number not in (0, 1) for number in numbers):
        raise BadShape(f"{node}: {name}={value} must be 0 or 1; export the model again")
    cap = next((cap for cap, names in _CAPPED.items() if name in names), None)
    if cap is not None:
        for number in numbers:
            limits.check(f"{node}: {name}={number}", abs(number), cap)
    if name == "kernel_shape":
        check_window(node, tuple(numbers), limits)


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
