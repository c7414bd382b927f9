"""Which keys a model of this language knows at a place, for who has mistyped one."""

from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel


def keys_at(model: type[BaseModel], path: Iterable[str | int]) -> list[str]:
    """The keys of the object at a path of pydantic's, on which a union's members have parts of their own."""
    here = [model]
    for part in path:
        below = [
            inner
            for each in here
            for field in ([each.model_fields[part]] if isinstance(part, str) and part in each.model_fields else [])
            for inner in _models(field.annotation)
        ]
        # A part that is no field is a place in a list or a member of a union, which some name by a value of theirs.
        named = [each for each in here if any(field.default == part for field in each.model_fields.values())]
        here = below or named or here
    return sorted({field.alias or name for each in here for name, field in each.model_fields.items()})


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
