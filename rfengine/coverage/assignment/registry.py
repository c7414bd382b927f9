"""The registry of assignment rules, keyed by their model in `api_schemas.policy_assignment`."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from rfengine.coverage.heads import Head, listed
from rfengine.coverage.views import View
from rfengine.errors import BadInput

Mask = NDArray[np.bool_]
# The rule, the heads (finest first) and the objects, to [heads, n]: which heads answer for which objects.
Rule = Callable[[Any, Sequence[Head], View], Mask]

_RULES: dict[type[BaseModel], Rule] = {}
_R = TypeVar("_R", bound=Rule)


def assigns(model: type[BaseModel]) -> Callable[[_R], _R]:
    """Register a rule under its model; a second one is refused."""

    def register(rule: _R) -> _R:
        if model in _RULES:
            raise ValueError(f"two rules for {model.__name__}")
        _RULES[model] = rule
        return rule

    return register


def rules() -> Mapping[type[BaseModel], Rule]:
    """Every rule by its model."""
    return MappingProxyType(_RULES)


def answering(rule: BaseModel, heads: Sequence[Head], view: View) -> Mask:
    """[heads, n]: which heads answer for which objects.

    Raises:
        BadInput: the rule names a head that there is not.
    """
    return _RULES[type(rule)](rule, heads, view)


def by_name(names: Mapping[str, Any], heads: Sequence[Head], place: str) -> list[tuple[int, Any]]:
    """The entries of a mapping by heads' names, with the heads' places.

    Raises:
        BadInput: a name is no head's.
    """
    places = {head.name: place for place, head in enumerate(heads)}
    for name in names:
        if name not in places:
            raise BadInput(f"{place}.{name}: no head is called so; {listed(heads)}")
    return [(places[name], value) for name, value in names.items()]
