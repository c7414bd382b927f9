"""Parameters in a study: `{depth}` in a text stands for the value of `depth`.

A text that is nothing but one parameter becomes its value with its type; inside a longer text it becomes words.
"""

import re
from collections.abc import Mapping
from typing import Any

from api_schemas.spec_fields import fault, nearest

Path = tuple[str | int, ...]

_PARAMETER = re.compile(r"\{([A-Za-z_]\w*)\}")


def filled(template: Any, values: Mapping[str, Any], path: Path = ()) -> Any:
    """A template of mappings, lists and texts with every parameter replaced.

    Raises a validation error that names the place below `path`: a parameter without a value, or one without quotes
    (`{depth}` alone is a mapping in YAML).
    """
    if isinstance(template, str):
        return _text(template, values, path)
    if isinstance(template, list | tuple):
        return [filled(each, values, (*path, i)) for i, each in enumerate(template)]
    if not isinstance(template, Mapping):
        return template
    if len(template) == 1:
        ((key, value),) = template.items()
        if value is None and key in values:
            raise fault(f'{shown(path)}: {{{key}}} is a mapping in YAML; write "{{{key}}}" with quotes', path)
    return {key: filled(value, values, (*path, key)) for key, value in template.items()}


def shown(path: Path) -> str:
    """A place in words: `networks[0].spec.layers[2]`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _text(text: str, values: Mapping[str, Any], path: Path) -> Any:
    for name in _PARAMETER.findall(text):
        if name not in values:
            raise fault(f"{shown(path)}: {{{name}}} has no value; {nearest(name, values)}", path)
    alone = _PARAMETER.fullmatch(text)
    if alone:
        return values[alone[1]]
    return _PARAMETER.sub(lambda found: str(values[found[1]]), text)
