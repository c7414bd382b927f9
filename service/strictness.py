"""JSON has types of its own: what was understood as another one than it was sent as is told, not guessed."""

from collections.abc import Iterator

from api_schemas.problem import InvalidParam

_NAMES = {bool: "true or false", int: "a number", float: "a number", str: "a string"}


def misread(given: object, understood: object, path: tuple[str, ...] = ()) -> Iterator[InvalidParam]:
    """The values of a request that became values of another type, such as "4" a number, or 1 true.

    Both are JSON data; where a short form was written out, their shapes differ, and nothing is said.
    """
    if isinstance(given, dict) and isinstance(understood, dict):
        for key in given.keys() & understood.keys():
            yield from misread(given[key], understood[key], (*path, str(key)))
    elif isinstance(given, list) and isinstance(understood, list) and len(given) == len(understood):
        for index, (here, there) in enumerate(zip(given, understood, strict=True)):
            yield from misread(here, there, (*path, str(index)))
    elif type(given) in _NAMES and type(understood) in _NAMES and _NAMES[type(given)] != _NAMES[type(understood)]:
        wanted = _NAMES[type(understood)]
        yield InvalidParam(location=".".join(path), message=f"Input should be {wanted}, got {given!r:.60}")
