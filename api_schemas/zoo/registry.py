"""The registry of named networks: what each is, and the function that writes it down when it is asked for."""

import re
from collections.abc import Callable
from typing import Any

from pydantic import Field, ValidationError

from api_schemas.base import Frozen
from api_schemas.spec import LayerSpec
from api_schemas.spec_fields import nearest

Shape = tuple[int, ...]
# The input's shape, then the numbers of a family's name (None for one that was left out), to the spec's other keys.
Recipe = Callable[..., dict[str, Any]]


class ZooError(ValueError):
    """A name that is no network's, or a shape that the network does not take."""


class Entry(Frozen):
    """One network, or the usual member of a family of them."""

    name: str
    title: str
    source: str = Field(description="Where the network is defined.")
    input: Shape = Field(description="Shape of its input unless another is asked for, batch and channels first.")
    endpoints: tuple[str, ...] = Field(description="Its main feature maps and heads, by the names of their tensors.")
    family: str | None = Field(
        None, description="Further names: `<word>` stands for a number from 1 to 9999, `[...]` may be left out."
    )


_RECIPES: dict[str, tuple[Entry, Recipe]] = {}


def register(entry: Entry, recipe: Recipe) -> None:
    """Add a network; a second one of the same name is refused."""
    if entry.name in _RECIPES:
        raise ValueError(f"two networks in the zoo are named '{entry.name}'")
    if entry.family is not None and _numbers(entry.family, entry.name) is None:
        raise ValueError(f"'{entry.name}' is no member of its own family '{entry.family}'")
    _RECIPES[entry.name] = entry, recipe


def names() -> tuple[Entry, ...]:
    """What can be built, by name; a family stands under its usual member."""
    return tuple(entry for _, (entry, _) in sorted(_RECIPES.items()))


def check(name: str) -> None:
    """Refuse a name that is no network's.

    Raises:
        ZooError: the message has the nearest names.
    """
    _find(name)


def build(name: str, *, input_shape: Shape | None = None) -> LayerSpec:
    """The spec of a named network, for the entry's own input shape or the one given (batch and channels first).

    Raises:
        ZooError: the name is unknown (the message has the nearest), or the shape does not fit.
    """
    entry, recipe, numbers = _find(name)
    shape = entry.input if input_shape is None else tuple(input_shape)
    if len(shape) != len(entry.input):
        raise ZooError(f"zoo network '{name}' takes a shape like {list(entry.input)}, not {list(shape)}")
    try:
        return LayerSpec.model_validate({"input": shape, **recipe(shape, *numbers)})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        said = ": ".join(part for part in (where, first["msg"]) if part)
        raise ZooError(f"zoo network '{name}' at {list(shape)}: {said}") from None


def _find(name: str) -> tuple[Entry, Recipe, tuple[int | None, ...]]:
    for entry, recipe in _RECIPES.values():
        if entry.family is None and entry.name == name:
            return entry, recipe, ()
        numbers = None if entry.family is None else _numbers(entry.family, name)
        if numbers is not None:
            return entry, recipe, numbers
    families = [entry.family for entry, _ in _RECIPES.values() if entry.family]
    raise ZooError(
        f"no zoo network is named {name!r:.80}; {nearest(name, _RECIPES)} "
        f"(families: {', '.join(families)}; `rfengine zoo` lists all)"
    )


def _numbers(family: str, name: str) -> tuple[int | None, ...] | None:
    """The numbers with which a family's pattern gives this name; None where it does not."""
    pattern = family.replace("[", "(?:").replace("]", ")?")
    found = re.fullmatch(re.sub(r"<\w+>", r"([1-9]\\d{0,3})", pattern), name)
    return None if found is None else tuple(int(group) if group else None for group in found.groups())
