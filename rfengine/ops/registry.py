"""The registry of operators, keyed by domain, operator and since-version.

An operator's file registers one `Operator` per operator: its torch lowering and its reach rule side by side. A version
that nobody registered is refused, never guessed: a new since-version is a new definition.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from rfengine.calculus.reads import Way
from rfengine.errors import UnsupportedOperator
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call

if TYPE_CHECKING:
    from torch import Tensor

    Kernel = Callable[..., "Tensor | tuple[Tensor, ...]"]
else:
    Kernel = Callable[..., Any]

# Per input, the ways in which one output reads it; none where only the input's shape or fixed values matter.
Relation = tuple[tuple[Way, ...], ...]


class Nature(Enum):
    """What an operator does to values, as the policies and estimators need to know it."""

    MOVES = "moves"  # copies, selects or rearranges: linear without a weight
    SUMS = "sums"  # adds its inputs
    WEIGHS = "weighs"  # linear in the data, with weights
    AVERAGES = "averages"  # linear with fixed coefficients
    MULTIPLIES = "multiplies"  # product or quotient of inputs
    NORMALISES = "normalises"
    ACTIVATES = "activates"  # element by element, not linear
    MAXIMISES = "maximises"  # max pooling
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Operator:
    """One operator in the versions whose definition the functions cover.

    `reads(call)` gives, per output, how each input is read; `lower(call)` a function from input tensors (None for
    absent ones) to the output tensor or a tuple of them; `fold(call)` its value in numpy (a tuple of values when it
    `folds_every_output`) when all inputs are constant, or when `folds_from_shape` says that their shapes are enough.
    `out_shape(call)` is the shape of the first output, where ONNX's own inference gives another than its runtimes
    compute. `weights` and `biases` are input positions, for operators that weigh.
    """

    name: str
    versions: tuple[int, ...]
    nature: Nature
    reads: Callable[[Call], Sequence[Relation]]
    lower: Callable[[Call], Kernel]
    fold: Callable[[Call], Array | tuple[Array, ...]] | None = None
    folds_from_shape: bool = False
    folds_every_output: bool = False
    out_shape: Callable[[Call], Shape] | None = None
    weights: tuple[int, ...] = ()
    biases: tuple[int, ...] = ()
    domain: str = ""


_BY_KEY: dict[tuple[str, str, int], Operator] = {}


def register(operator: Operator) -> Operator:
    """Add an operator.

    Raises:
        ValueError: one of its versions is registered already.
    """
    for version in operator.versions:
        key = (operator.domain, operator.name, version)
        if key in _BY_KEY:
            raise ValueError(f"{operator.domain or 'ai.onnx'}::{operator.name} version {version} is registered twice")
        _BY_KEY[key] = operator
    return operator


def find(domain: str, op: str, version: int, *, node: str, opset: int) -> Operator:
    """The operator of a node.

    Raises:
        UnsupportedOperator: nobody registered it in this version.
    """
    found = _BY_KEY.get((domain, op, version))
    if found is None:
        known = sorted(v for d, o, v in _BY_KEY if (d, o) == (domain, op))
        label = f"{domain}::{op}" if domain else op
        hint = f"known versions: {', '.join(map(str, known))}" if known else "no version of it is known"
        which = f"opset {opset}, version {version}" if version else f"opset {opset}"
        raise UnsupportedOperator(
            f"node '{node}': operator {label} ({which}) is not supported; {hint}; "
            "name a target before this node to analyse the part up to it"
        )
    return found


def operators() -> Iterator[Operator]:
    """Every registered operator, once, by name."""
    return iter(sorted({id(o): o for o in _BY_KEY.values()}.values(), key=lambda o: (o.domain, o.name, o.versions)))
