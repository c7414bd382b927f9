"""Small operators of the ai.onnx.ml domain: a selection and a threshold.

https://onnx.ai/onnx/operators/onnx_aionnxml_ArrayFeatureExtractor.html, ..._Binarizer.html
"""

from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.graph import Shape
from rfengine.ops.call import Call
from rfengine.ops.gather import from_front, picked_by
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import first_input_only, when_known
from rfengine.ops.tables import counted

if TYPE_CHECKING:
    from torch import Tensor

DOMAIN = "ai.onnx.ml"


def _extracted_shape(call: Call) -> Shape:
    """A vector becomes a matrix of one row."""
    count = call.shape(1)[-1] if call.shape(1) else 1
    return (*(call.shape()[:-1] or (1,)), count)


@when_known
def _extracted_reads(call: Call) -> list[Relation]:
    shape = call.shape()
    last = len(shape) - 1
    indices = call.constants[1]
    positions = None if indices is None else counted(call, indices.reshape(-1), shape[last])
    before: list[AxisRead | None] = [AxisRead(i) for i in range(last)] or [None]
    data = Reads((*before, *picked_by(positions, last, 1)))
    picked = AxisRead(len(call.shape(1)) - 1) if call.shape(1) else None
    return [((data,), (Reads((*[None] * len(before), picked)),))]


def _extracted_lower(_: Call) -> Kernel:
    def kernel(x: "Tensor", indices: "Tensor") -> "Tensor":
        taken = x.index_select(-1, from_front(indices.reshape(-1), x.shape[-1]))
        return taken if x.ndim > 1 else taken[None]

    return kernel


def _binarizer_lower(call: Call) -> Kernel:
    threshold = float(call.attr("threshold", 0.0))
    return lambda x: (x > threshold).to(x.dtype)


register(
    Operator(
        "ArrayFeatureExtractor",
        (1,),
        Nature.MOVES,
        _extracted_reads,
        _extracted_lower,
        out_shape=_extracted_shape,
        domain=DOMAIN,
    )
)
register(Operator("Binarizer", (1,), Nature.ACTIVATES, first_input_only, _binarizer_lower, domain=DOMAIN))
