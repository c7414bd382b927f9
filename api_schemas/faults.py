"""What pydantic found wrong in a request, as one line per place of what was given."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api_schemas.keys import keys_at
from api_schemas.problem import InvalidParam
from api_schemas.spec_fields import nearest

Path = tuple[str | int, ...]

# Kinds of error that speak for themselves: the value there says no more.
_WITHOUT_VALUE = frozenset(
    {"missing", "extra_forbidden", "json_invalid", "spec", "value_error", "too_short", "too_long"}
)
_FORMS = {"tuple_type": "a list", "list_type": "a list", "model_type": "an object", "dict_type": "an object"}


def faults(
    error: ValidationError, value: Any, *, whole: str, model: type[BaseModel] | None = None
) -> tuple[InvalidParam, ...]:
    """One fault per place of `value`, which did not fit its model; `whole` is the place of a fault in all of it.

    Of a union's members only those speak that come furthest into the value. That a list is empty is left out where
    that is only because its items are at fault. With the `model`, a mistyped key is told what it may have meant.
    """
    lines = places_of(error.errors(include_url=False), value, model=model)
    return tuple(
        InvalidParam(location=".".join(map(str, place)) or whole, message=message) for place, message in lines.items()
    )


def places_of(found: Sequence[ErrorDetails], value: Any, *, model: type[BaseModel] | None = None) -> dict[Path, str]:
    """The same by paths into the value; see `faults`."""
    places: dict[Path, dict[Path, list[ErrorDetails]]] = {}
    for each in found:
        if not _follows(each, found):
            union, place = _places(value, each)
            places.setdefault(union, {}).setdefault(place, []).append(each)
    lines: dict[Path, str] = {}
    for by_place in places.values():
        deepest = max(map(len, by_place))
        lines.update({place: _message(alike, model) for place, alike in by_place.items() if len(place) == deepest})
    return lines


def _follows(fault: ErrorDetails, found: Sequence[ErrorDetails]) -> bool:
    """Whether a list is too short only because items of it are at fault."""
    loc = fault["loc"]
    return fault["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in found
    )


def _places(value: Any, fault: ErrorDetails) -> tuple[Path, Path]:
    """The place of the outermost union on the way (or of the fault itself), and the fault's, both in what was given."""
    last = len(fault["loc"]) - 1
    place = tuple(_given(value, fault["loc"], named=fault["type"] == "missing"))
    kept = 0
    while kept < len(place) and kept <= last and place[kept] == fault["loc"][kept]:
        kept += 1
    return place[:kept], place


def _given(value: Any, loc: Path, *, named: bool) -> Iterator[str | int]:
    """The parts of a fault's path that lead through what was given: a union's members are no part of it.

    `named`: the last part is a key that is not there.
    """
    for step, part in enumerate(loc):
        known = dict(enumerate(value)) if isinstance(value, list | tuple) else value
        if isinstance(known, Mapping) and part in known:
            value = known[part]
            yield part
        elif named and step == len(loc) - 1:
            yield part


def _message(alike: Sequence[ErrorDetails], model: type[BaseModel] | None) -> str:
    """What is wrong at one place, in one line; members of a union that nothing fits are named together."""
    first = alike[0]
    if first["type"] == "extra_forbidden" and model is not None:
        *path, key = first["loc"]
        return f"no such key; {nearest(str(key), keys_at(model, path))}"
    # Of a union's members, one that only a bound refuses is the one that was meant.
    first = next((fault for fault in alike if "_than" in fault["type"]), first)
    if "_than" in first["type"]:
        return f"{_said(first)}, got {first['input']!r:.60}"
    wanted = list(dict.fromkeys(filter(None, map(_wanted, alike))))
    said = "Input should be " + ", or ".join(wanted) if wanted else _said(first)
    return said if first["type"] in _WITHOUT_VALUE else f"{said}, got {first['input']!r:.60}"


def _wanted(fault: ErrorDetails) -> str | None:
    """What would have fitted, in a few words; None where pydantic's own message says it best."""
    context = fault.get("ctx", {})
    if fault["type"] == "union_tag_invalid":
        return f"one of {context['expected_tags']}"
    if fault["type"] == "union_tag_not_found":
        return f"an object with {context['discriminator']}"
    return _FORMS.get(fault["type"]) or (str(context["expected"]) if "expected" in context else None)


def _said(fault: ErrorDetails) -> str:
    # A validator's own message, without pydantic's "Value error, " before it; tuples are lists in JSON.
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    return fault["msg"].replace("Tuple ", "List ").replace(" after validation", "")
