"""A measure's path into what a run found."""

from collections.abc import Mapping, Sequence
from typing import Any

from api_schemas.spec_fields import nearest
from api_schemas.study_parts import Curve, Measure
from rfengine.errors import BadInput

# Most runs are in float32, which has no more; what is beyond differs between machines.
DIGITS = 7


def figure(findings: Mapping[str, Any], name: str, measure: Measure) -> float | None:
    """The figure of a measure, to seven digits; None where the run has none (a fit that does not exist, say).

    Raises:
        BadInput: the path leads nowhere, or to something that is no number.
    """
    value = _number(findings, name, measure.of)
    divisor = 1.0 if measure.per is None else _number(findings, name, measure.per)
    if value is None or not divisor:
        return None
    return float(f"{value / divisor:.{DIGITS}g}")


def line(findings: Mapping[str, Any], name: str, curve: Curve) -> tuple[list[float], list[float | None]]:
    """The x and the figures of a curve, to seven digits.

    Raises:
        BadInput: a path leads nowhere, to something that is no list of numbers, or the lists differ in length.
    """
    x, y = (_numbers(findings, name, path) for path in (curve.over, curve.of))
    if len(x) != len(y) or None in x:
        raise BadInput(
            f"curve '{name}': {curve.of} has {len(y)} figures over {len(x)} of {curve.over}; name two that fit"
        )
    return [each for each in x if each is not None], y


def _numbers(findings: Mapping[str, Any], name: str, path: str) -> list[float | None]:
    found = _at(findings, path, f"curve '{name}': {path}")
    if not isinstance(found, Sequence) or isinstance(found, str):
        raise BadInput(f"curve '{name}': {path} is no list but {found!r:.60}; name one of figures over epochs")
    return [None if each is None else float(f"{each:.{DIGITS}g}") for each in found]


def _number(findings: Mapping[str, Any], name: str, path: str) -> float | None:
    found = _at(findings, path, f"measure '{name}': {path}")
    if found is None:
        return None
    if isinstance(found, bool | int | float):
        return float(found)
    raise BadInput(f"measure '{name}': {path} is no number but {found!r:.60}; go on with a dot and a key or an index")


def _at(found: Any, path: str, place: str) -> Any:
    """Follow a path. A key may hold dots itself (`radius_px.axis.0.0012`), so the longest that fits is taken."""
    if found is None or not path:
        return found
    parts = path.split(".")
    if isinstance(found, Mapping):
        for end in range(len(parts), 0, -1):
            key = ".".join(parts[:end])
            if key in found:
                return _at(found[key], ".".join(parts[end:]), place)
        raise BadInput(f"{place}: there is no {parts[0]!r:.60} here; {nearest(path, map(str, found))}")
    if isinstance(found, Sequence) and not isinstance(found, str):
        if parts[0].isdecimal() and int(parts[0]) < len(found):
            return _at(found[int(parts[0])], ".".join(parts[1:]), place)
        raise BadInput(f"{place}: {parts[0]!r:.60} is no index; allowed: 0 ... {len(found) - 1}")
    raise BadInput(f"{place}: there is nothing below {found!r:.60}; leave '.{path}' out")
