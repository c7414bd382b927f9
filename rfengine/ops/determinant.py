"""Det: the determinants of a stack of matrices. https://onnx.ai/onnx/operators/onnx__Det.html."""

from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first

if TYPE_CHECKING:
    from torch import Tensor


def _reads(call: Call) -> list[Relation]:
    """Stack axes follow; a matrix is read whole."""
    return only_first(call, Reads(tuple(AxisRead(axis) for axis in range(len(call.shape()) - 2))))


def _lower(_: Call) -> Kernel:
    import torch

    def kernel(x: "Tensor") -> "Tensor":
        # torch decomposes no matrices of half precision.
        wide: Tensor = torch.linalg.det(x.to(torch.promote_types(x.dtype, torch.float32)))
        return wide.to(x.dtype)

    return kernel


register(Operator("Det", (11, 22), Nature.OTHER, _reads, _lower))
