"""The values that layers of a spec are described with, each brought into one form as it comes in.

After validation a per-axis value is always a tuple: of one entry, which stands for every axis, or of one per axis.
Padding is always "same" or such a tuple of (begin, end) pairs. Sizes and paddings are in px, h before w.
"""

import difflib
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

# What one number of a spec may be at most. The engine caps what they multiply to (tensors, weights) again.
MAX_SIZE = 1 << 16
MAX_SCALE = 64.0
MAX_AXES = 3


def fault(message: str, path: tuple[str | int, ...] = ()) -> PydanticCustomError:
    """A validation error that reads as written; `path` says where below the field that reports it."""
    return PydanticCustomError("spec", "{fault}", {"fault": message, "path": path})


def nearest(word: str, known: Iterable[str]) -> str:
    """The second half of an 'unknown word' message: the likeliest meant words, or all known ones if they are few."""
    names = list(known)
    close = difflib.get_close_matches(word, names, n=3)
    if close:
        return "did you mean " + " or ".join(repr(name) for name in close) + "?"
    if len(names) <= 40:
        return "known: " + ", ".join(sorted(names))
    return f"none of the {len(names)} known names is near"


def _listed(value: Any) -> Any:
    """A scalar as the one entry that stands for every axis."""
    return (value,) if isinstance(value, int | float) else value


def _pairs(value: Any) -> Any:
    """Any spelling of padding as "same" or (begin, end) pairs; "valid" is no padding."""
    if value == "same":
        return value
    if value == "valid":
        return ((0, 0),)
    entries = _listed(value)
    if isinstance(entries, list | tuple) and 1 <= len(entries) <= MAX_AXES:
        pairs = tuple((entry, entry) if isinstance(entry, int) else entry for entry in entries)
        if all(_is_pair(pair) for pair in pairs):
            return tuple((begin, end) for begin, end in pairs)
    raise fault(
        f"{value!r:.60} is none of: a number, one number per axis, [begin, end] per axis, 'same', 'valid' "
        f"(numbers are whole, 0 to {MAX_SIZE} px)"
    )


def _is_pair(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and len(value) == 2
        and all(type(part) is int and 0 <= part <= MAX_SIZE for part in value)
    )


def _has_batch_and_channels(value: tuple[int, ...]) -> tuple[int, ...]:
    # Not Field(min_length=...): that counts only the good entries and so adds a wrong error to every bad one.
    if len(value) < 2:
        raise fault(f"shape {list(value)} has no channels; give [batch, channels, height, width] or the like")
    return value


def _sources(value: Any) -> Any:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


# A colon is kept for the values inside a layer (`se1:gate`), so that no layer can be named like one of them.
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$", max_length=200)]
Sources = Annotated[
    tuple[str, ...], Field(max_length=4096), BeforeValidator(_sources, json_schema_input_type=str | list[str])
]
Size = Annotated[int, Field(strict=True, ge=1, le=MAX_SIZE)]
Sizes = Annotated[
    tuple[Size, ...],
    Field(min_length=1, max_length=MAX_AXES),
    BeforeValidator(_listed, json_schema_input_type=Size | list[Size]),
]
Extra = Annotated[int, Field(strict=True, ge=0, le=MAX_SIZE)]
Extras = Annotated[
    tuple[Extra, ...],
    Field(min_length=1, max_length=MAX_AXES),
    BeforeValidator(_listed, json_schema_input_type=Extra | list[Extra]),
]
Index = Annotated[int, Field(strict=True, ge=-MAX_SIZE, le=MAX_SIZE)]
Indices = Annotated[
    tuple[Index | None, ...],
    Field(min_length=1, max_length=MAX_AXES + 1),
    BeforeValidator(_listed, json_schema_input_type=Index | list[Index | None]),
]
Scale = Annotated[float, Field(gt=0, le=MAX_SCALE)]
Scales = Annotated[
    tuple[Scale, ...],
    Field(min_length=1, max_length=MAX_AXES),
    BeforeValidator(_listed, json_schema_input_type=Scale | list[Scale]),
]
Fill = Annotated[float, Field(ge=-1e6, le=1e6)]
Pair = tuple[Extra, Extra]
Pairs = Annotated[tuple[Pair, ...], Field(min_length=1, max_length=MAX_AXES)]
Padding = Annotated[
    Literal["same"] | Pairs,
    BeforeValidator(_pairs, json_schema_input_type=Literal["same", "valid"] | Extra | list[Extra | Pair]),
]
InputShape = Annotated[tuple[Size, ...], Field(max_length=MAX_AXES + 2), AfterValidator(_has_batch_and_channels)]

NO_PADDING: tuple[tuple[int, int], ...] = ((0, 0),)
