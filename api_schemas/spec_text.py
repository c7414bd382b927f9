"""A layer spec, or another model of this language, from JSON or YAML text, with errors that say the line."""

import json
from collections.abc import Hashable
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from api_schemas.faults import places_of
from api_schemas.spec import LayerSpec

MAX_TEXT = 4 << 20  # characters
MAX_ERRORS = 5

Path = tuple[str | int, ...]
_Model = TypeVar("_Model", bound=BaseModel)


class SpecError(ValueError):
    """A text that is not what it should be; the message has one line per fault."""


def parse_spec(text: str) -> LayerSpec:
    """The spec that a JSON or YAML text describes.

    Raises SpecError: each fault with its line, place, value and next step.
    """
    return parse_text(text, LayerSpec, keys="`input` and `layers`")


def parse_text(text: str, model: type[_Model], *, keys: str) -> _Model:
    """The model that a JSON or YAML text describes; `keys` are the most important ones of the mapping it must be.

    Raises SpecError: each fault with its line, place, value and next step.
    """
    if len(text) > MAX_TEXT:
        raise SpecError(f"the text has {len(text)} characters, more than {MAX_TEXT}; use repeat and defaults")
    is_json = text.lstrip("\ufeff \t\r\n").startswith("{")
    try:
        data = _from_json(text) if is_json else _from_yaml(text)
    except RecursionError:
        raise SpecError("the text is nested too deeply; write inner blocks out") from None
    if not isinstance(data, dict):
        raise SpecError(f"expected a mapping with {keys}, got {data!r:.60}")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise SpecError(_explained(error, text, data, model)) from None


def line_at(text: str, path: Path) -> int | None:
    """The line, counted from 1, at which a text has what lies at a path; None where it cannot be told."""
    return _line(_node_tree(text), path)


def _from_json(text: str) -> Any:
    try:
        return json.loads(text.lstrip("\ufeff"), object_pairs_hook=_without_doubles)
    except json.JSONDecodeError as error:
        raise SpecError(f"line {error.lineno}: not valid JSON: {error.msg} (column {error.colno})") from None


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        double = next(key for key in keys if keys.count(key) > 1)
        raise SpecError(f"{json.dumps(found, default=str):.60}: key {double!r:.60} is given twice; keep one")
    return found


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases, which can unfold to any size, and without doubled keys."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise SpecError(f"line {mark.line + 1}: YAML aliases are not read; use defaults or repeat")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise SpecError(f"line {line}: a key must be a plain word")
            if key.value in seen:
                raise SpecError(f"line {line}: key {key.value!r:.60} is given twice; keep one")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _from_yaml(text: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)  # a subclass of SafeLoader
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise SpecError(f"{line}not valid YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, ValueError) as error:
        if isinstance(error, SpecError):
            raise
        raise SpecError(f"not valid YAML: {error!s:.200}") from None


def _explained(error: ValidationError, text: str, data: Any, model: type[BaseModel]) -> str:
    """One line per fault, in the order of the text: line, place, message."""
    tree, found = _node_tree(text), error.errors(include_url=False)
    others = [each for each in found if each["type"] != "spec"]
    placed = [_layers(each) for each in found if each["type"] == "spec"]
    placed += [(path, path, said) for path, said in places_of(others, data, model=model).items()]
    numbered = sorted(((_line(tree, path), shown, said) for shown, path, said in placed), key=lambda each: each[0] or 0)
    lines = [_worded(*each) for each in numbered[:MAX_ERRORS]]
    return "\n".join(lines if len(numbered) <= MAX_ERRORS else [*lines, f"and {len(numbered) - MAX_ERRORS} more"])


def _layers(found: ErrorDetails) -> tuple[Path, Path, str]:
    """A layer's own words, which have the given value in them, with the place to show and the whole path."""
    return found["loc"], (*found["loc"], *found["ctx"]["path"]), found["msg"]


def _worded(line: int | None, shown: Path, message: str) -> str:
    """`line 7: layers[3]: conv 'c2': kernel: ...`."""
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in shown).removeprefix(".")
    return ": ".join(part for part in (f"line {line}" if line else "", place, message) if part)


def _node_tree(text: str) -> yaml.Node | None:
    """The text as YAML nodes, which know their lines; None where it is JSON that YAML does not read.

    A tab is no indentation in YAML and can stand in no string of JSON, so a space serves for it.
    """
    try:
        return yaml.compose(text.lstrip("\ufeff").replace("\t", " "), Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError):
        return None


def _line(node: yaml.Node | None, path: Path) -> int | None:
    """The line of the deepest node on the path, counted from 1."""
    if node is None:
        return None
    for part in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        elif isinstance(node, yaml.MappingNode):
            found = [(key, value) for key, value in node.value if key.value == str(part)]
            if not found:
                break
            key, node = found[0]
            if isinstance(node, yaml.ScalarNode):
                return int(key.start_mark.line) + 1
        else:
            break
    return int(node.start_mark.line) + 1


def lines_of_keys(text: str) -> dict[str, int]:
    """The line of every key of a text, counted from 1, by its dotted path (`require.trf`); list items by number."""
    found: dict[str, int] = {}

    def visit(node: yaml.Node | None, path: str) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                place = f"{path}.{key.value}".removeprefix(".")
                found[place] = key.start_mark.line + 1
                visit(value, place)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                visit(value, f"{path}.{number}")

    visit(_node_tree(text), "")
    return found
