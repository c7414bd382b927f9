"""Einsum: the equation says what is read. https://onnx.ai/onnx/operators/onnx__Einsum.html."""

from collections import Counter
from typing import TYPE_CHECKING

from rfengine.calculus.reads import AxisRead, Reads, Status
from rfengine.errors import BadShape
from rfengine.graph import Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import multipliable
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import stretched, when_known

if TYPE_CHECKING:
    from torch import Tensor

ELLIPSIS = "..."

# One label per axis: a letter, or a number for an axis under the ellipsis, counted from its last axis backwards.
Labels = tuple[str | int, ...]


def _terms(call: Call) -> tuple[list[str], str]:
    """The terms of the operands and of the output, which an equation without an arrow leaves to be derived."""
    equation = str(call.attr("equation", "")).replace(" ", "")
    left, arrow, right = equation.partition("->")
    terms = left.split(",")
    if not arrow:
        letters = Counter(left.replace(ELLIPSIS, "").replace(",", ""))
        once = sorted(letter for letter, count in letters.items() if count == 1)
        right = (ELLIPSIS if ELLIPSIS in left else "") + "".join(once)
    given = {letter for term in terms for letter in _letters(term)}
    known = all(letter.isascii() and letter.isalpha() for letter in given)
    if len(terms) != len(call.inputs) or not known or not given.issuperset(_letters(right)):
        raise BadShape(f"{call.node}: the equation {equation!r} does not fit {len(call.inputs)} inputs")
    return terms, right


def _letters(term: str) -> str:
    return term.replace(ELLIPSIS, "")


def _labels(call: Call, term: str, rank: int) -> Labels:
    """One label per axis of a tensor of the given rank."""
    before, ellipsis, after = term.partition(ELLIPSIS)
    hidden = rank - len(before) - len(after)
    if hidden < 0 or (hidden and not ellipsis):
        raise BadShape(f"{call.node}: the term {term!r} does not fit a tensor of {rank} axes")
    return (*before, *range(hidden - 1, -1, -1), *after)


def _operand_reads(labels: Labels, shape: Shape, out: Labels, out_shape: Shape) -> Reads:
    axes: list[AxisRead | None] = []
    for label, length in zip(out, out_shape, strict=True):
        if label not in labels:
            axes.append(None)
            continue
        axis = labels.index(label)
        read = stretched(axis, shape[axis], length)
        if labels.count(label) > 1:
            reason = f"the diagonal of axes labelled '{label}' is followed along one of them"
            read = AxisRead(axis, read.map, status=Status.UPPER_BOUND, reason=reason)
        axes.append(read)
    return Reads(tuple(axes))


@when_known
def _reads(call: Call) -> list[Relation]:
    """Output letters follow their axis, summed letters are read whole."""
    terms, right = _terms(call)
    out = _labels(call, right, len(call.out.shape))
    return [
        tuple(
            (_operand_reads(_labels(call, term, len(call.shape(i))), call.shape(i), out, call.out.shape),)
            for i, term in enumerate(terms)
        )
    ]


def _lower(call: Call) -> Kernel:
    import torch

    terms, right = _terms(call)
    equation = ",".join(terms) + "->" + right

    def kernel(*tensors: "Tensor") -> "Tensor":
        product: Tensor = torch.einsum(equation, *(multipliable(x) for x in tensors))
        return product.to(tensors[0].dtype)

    return kernel


register(Operator("Einsum", (12, 28), Nature.OTHER, _reads, _lower))
