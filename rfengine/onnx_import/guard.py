"""Numbers in attributes that ONNX's own code takes on trust, and dies of.

Its checker looks at types, not at values; its shape inference divides by strides, indexes by `batch_dims` and allocates
`num_outputs` elements. A process that ends there answers nobody, so these are looked at before any of it runs.
"""

from collections.abc import Sequence

import onnx

from rfengine.errors import BadShape
from rfengine.graph import Node
from rfengine.limits import Limits
from rfengine.onnx_import.nodes import domain_of

# Attributes that say how many or how far; zero and less mean nothing, wherever they occur.
_COUNTS = frozenset({"kernel_shape", "strides", "dilations", "group", "blocksize", "num_groups", "num_outputs"})
_NOT_NEGATIVE = frozenset({"batch_dims"})
_FLAGS = frozenset(
    {"align_corners", "allowzero", "ceil_mode", "count_include_pad", "exclusive", "keepdims", "largest"}
    | {"noop_with_empty_axes", "reverse", "select_last_index", "sorted", "training_mode", "transA", "transB", "upper"}
)
_CAPPED = {
    "window": frozenset({"kernel_shape", "strides", "blocksize"}),
    "reach": frozenset({"dilations", "pads", "output_padding", "output_shape", "size"}),
    "arity": frozenset({"num_outputs"}),
}

# Operators whose `axis` may say one beyond the last, since it cuts or inserts there, or says nothing for scalar scales.
_AXIS_BEYOND = {"Flatten": 1, "OneHot": 1}
_AXIS_UNUSED = frozenset({"QuantizeLinear", "DequantizeLinear"})


def check_numbers(node: onnx.NodeProto, place: str, limits: Limits) -> None:
    """Look at a node's whole numbers; `place` is what to call it.

    Raises:
        BadShape: a number is none that the attribute can have.
        LimitExceeded: a window, a stride, a dilation or a padding passes its cap.
    """
    if domain_of(node):
        return
    for attribute in node.attribute:
        numbers = tuple(attribute.ints) or ((attribute.i,) if attribute.HasField("i") else ())
        _check_attribute(attribute.name, numbers, place, limits)
        if attribute.name == "num_outputs" and numbers and numbers[0] != len(node.output):
            raise BadShape(f"{place}: num_outputs={numbers[0]}, but it has {len(node.output)} outputs")


def check_axis(node: Node, rank: int) -> None:
    """Look at a node's `axis`, given the number of axes of its first input.

    Raises:
        BadShape: the axis lies outside.
    """
    axis = node.attributes.get("axis")
    if node.domain or node.op in _AXIS_UNUSED or not isinstance(axis, int):
        return
    beyond = _AXIS_BEYOND.get(node.op, 0)
    if not -rank - beyond <= axis < rank + beyond:
        raise BadShape(f"{node}: axis={axis} lies outside its input of {rank} axes; export the model again")


def check_window(place: str, kernel: Sequence[int], dilations: Sequence[int], limits: Limits) -> None:
    """Compare a window, spread by its dilations, to the caps.

    Raises:
        LimitExceeded: it has too many taps along an axis or reaches too far.
    """
    for taps, dilation in zip(kernel, dilations or (1,) * len(kernel), strict=False):
        limits.check(f"{place}: taps of its kernel {list(kernel)} along an axis", taps, "window")
        limits.check(f"{place}: reach of its kernel {list(kernel)} along an axis", (taps - 1) * dilation + 1, "reach")


def _check_attribute(name: str, numbers: Sequence[int], place: str, limits: Limits) -> None:
    shown = f"{place}: {name}={list(numbers[:16]) if len(numbers) != 1 else numbers[0]}"
    if name in _COUNTS and any(number < 1 for number in numbers):
        raise BadShape(f"{shown} must be positive; export the model again")
    if name in _NOT_NEGATIVE and any(number < 0 for number in numbers):
        raise BadShape(f"{shown} cannot be negative; export the model again")
    if name in _FLAGS and any(number not in (0, 1) for number in numbers):
        raise BadShape(f"{shown} must be 0 or 1; export the model again")
    for cap, names in _CAPPED.items():
        if name in names:
            limits.check(shown, max((abs(number) for number in numbers), default=0), cap)
