"""A change to try, and the registry of the kinds of change, one file each in `kinds`."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from api_schemas.policy import CoveragePolicy
from api_schemas.recommend import Kind
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import Edit
from rfengine.graph import Shape


@dataclass(frozen=True, eq=False)
class Trial:
    """One changed network, not made yet.

    Args:
        title: what, where, to what, in a line.
        how: how to make it in one's own code.
        layer: the node or tensor that is changed, where there is one.
        change: the change as data, before and after.
        edit: changes the model file in place; None: it stays.
        input_shape: other shapes of inputs.
        policy: the policy of the changed network; None: as it is.
        inserts_weights: whether the edit adds weights that must be trained.
        keeps: what must stay as it is of the heads: their `grids` (names, units and strides), their `strides`, or
            nothing; an edit after which it does not is a wrong one.
    """

    title: str
    how: str
    change: Mapping[str, Any]
    layer: str | None = None
    edit: Edit | None = None
    input_shape: Mapping[str, Shape] = field(default_factory=dict)
    policy: CoveragePolicy | None = None
    inserts_weights: bool = False
    keeps: Literal["grids", "strides", "nothing"] = "grids"


@dataclass(frozen=True, eq=False)
class Family:
    """One change in its strengths, weakest first.

    `grows`: what a strength covers, a greater one covers too, so that the least that suffices is found by bisection;
    else they are tried in order. `saves`: it is wanted for what it costs less, and the strongest one that leaves the
    verdict and the share as they are is the best; else the weakest that makes the check pass, or covers most.
    Without trials, `why` says why there are none.
    """

    trials: tuple[Trial, ...]
    grows: bool = True
    saves: bool = False
    why: str = ""


Proposal = Callable[[Subject], Iterable[Family]]

_KINDS: dict[Kind, Proposal] = {}


def proposes(kind: Kind) -> Callable[[Proposal], Proposal]:
    """Register what proposes changes of a kind; a second one is refused."""

    def register(proposal: Proposal) -> Proposal:
        if kind in _KINDS:
            raise ValueError(f"two proposals of the kind {kind}")
        _KINDS[kind] = proposal
        return proposal

    return register


def proposals() -> Mapping[Kind, Proposal]:
    """Every proposal by its kind."""
    return MappingProxyType(_KINDS)
