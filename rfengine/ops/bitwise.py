"""Bits of whole numbers. https://onnx.ai/onnx/operators/onnx__BitwiseAnd.html, .../onnx__BitShift.html."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import computable, computing
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import elementwise

if TYPE_CHECKING:
    from torch import Tensor


def _lowered(name: str) -> Callable[[Call], Kernel]:
    """Lowering to torch's function of a name."""

    def lower(_: Call) -> Kernel:
        import torch

        return computing(getattr(torch, name))

    return lower


def _folded(function: Callable[..., Any]) -> Callable[[Call], Array]:
    return lambda call: np.asarray(function(*call.constants))


for _name in ("and", "or", "xor", "not"):
    register(
        Operator(
            f"Bitwise{_name.capitalize()}",
            (18,),
            Nature.OTHER,
            elementwise,
            _lowered(f"bitwise_{_name}"),
            fold=_folded(getattr(np, f"bitwise_{_name}")),
        )
    )


def _goes_left(call: Call) -> bool:
    direction = call.attr("direction")
    if direction not in ("LEFT", "RIGHT"):
        raise call.refused(f"direction={direction!r}")
    return bool(direction == "LEFT")


def _shift_lower(call: Call) -> Kernel:
    import torch

    left = _goes_left(call)

    def kernel(x: "Tensor", y: "Tensor") -> "Tensor":
        bits = torch.iinfo(x.dtype).bits
        wide, by = computable(x).to(torch.int64), computable(y).to(torch.int64)
        out = (by < 0) | (by >= bits)
        by = torch.where(out, 0, by)
        if left:
            return torch.where(out, 0, wide << by).to(x.dtype)
        if x.dtype == torch.uint64:
            # Without the copies of the sign that an arithmetic shift fills in.
            shifted = (wide >> by) & ~(torch.full_like(by, -2) << (63 - by))
            return torch.where(out, 0, shifted).to(x.dtype)
        return torch.where(out, wide >> 63, wide >> by).to(x.dtype)

    return kernel


def _shift_fold(call: Call) -> Array:
    x, y = call.data(0), call.data(1)
    bits = x.dtype.itemsize * 8
    out = (y < 0) | (y >= bits)
    by = np.where(out, 0, y).astype(x.dtype)
    if _goes_left(call):
        return np.where(out, 0, np.left_shift(x, by)).astype(x.dtype)
    # By all bits but one what is left is the sign; then that goes too, unless it is filled in.
    signs = np.right_shift(x, bits - 1) if x.dtype.kind == "i" else np.zeros_like(x)
    return np.where(out, signs, np.right_shift(x, by))


register(Operator("BitShift", (11, 28), Nature.OTHER, elementwise, _shift_lower, fold=_shift_fold))
