"""The layer spec: a network as JSON or YAML.

    {"input": [1, 3, 64, 64],
     "defaults": {"conv": {"kernel": 3, "padding": "same"}},
     "layers": [{"type": "conv", "name": "stem", "channels": 16, "stride": 2},
                {"type": "repeat", "name": "body", "times": 4, "layers": [
                    {"type": "conv", "name": "a", "channels": 16},
                    {"type": "relu"},
                    {"type": "conv", "name": "b", "channels": 16},
                    {"type": "add", "name": "sum", "from": ["b", "$in"]}]},
                {"type": "conv", "name": "head", "channels": 2, "kernel": 1}]}

A layer reads the layer before it, or those named in `from`, which may come later. `rfengine.spec_import` makes an
ONNX model of it.
"""

from typing import Any, Self

from pydantic import Field, model_validator

from api_schemas.base import Frozen
from api_schemas.initialisers import He, Initialiser
from api_schemas.spec_fields import InputShape, Name, fault, nearest
from api_schemas.spec_graph import MAX_LAYERS, Network, resolve
from api_schemas.spec_items import ITEM_TYPES, AnyItem, parameters

DEFAULT_INPUT = "input"
MAX_NESTING = 8  # repeats within repeats


class LayerSpec(Frozen):
    """A network as named layers; one that validates has no unknown, doubled or circular reference."""

    input: InputShape | None = Field(None, description="Shape of the only input, batch and channels first.")
    inputs: dict[Name, InputShape] = Field({}, max_length=64, description="Shape per input, instead of `input`.")
    defaults: dict[str, dict[str, Any]] = Field({}, description="Parameters per layer type, where a layer has none.")
    layers: tuple[AnyItem, ...] = Field(max_length=MAX_LAYERS)
    outputs: tuple[str, ...] = Field((), max_length=1024, description="Default: the layers that no layer reads.")
    init: Initialiser = He()

    @model_validator(mode="before")
    @classmethod
    def _defaults_enter_the_layers(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "layers" not in data:
            return data
        defaults = data.get("defaults", {})
        if not isinstance(defaults, dict) or not all(isinstance(value, dict) for value in defaults.values()):
            return data  # the fields' own validation says what is wrong
        for kind, values in defaults.items():
            _check_defaults(kind, values)
        return {**data, "layers": _with_defaults(data["layers"], defaults, MAX_NESTING)}

    @model_validator(mode="after")
    def _is_a_graph(self) -> Self:
        if (self.input is None) == (not self.inputs):
            raise fault("give exactly one of input (a shape) and inputs (a shape per name)")
        self.network()
        return self

    @property
    def input_shapes(self) -> dict[str, tuple[int, ...]]:
        """Shape per input; the only input of `input` is called 'input'."""
        return dict(self.inputs) if self.input is None else {DEFAULT_INPUT: self.input}

    def network(self) -> Network:
        """The graph: repeats unrolled, layers named and in an order of computation, references resolved."""
        return resolve(self.layers, tuple(self.input_shapes), self.outputs)


def _check_defaults(kind: Any, values: dict[str, Any]) -> None:
    path = ("defaults", kind)
    if kind not in ITEM_TYPES or kind == "repeat":
        raise fault(f"defaults: unknown layer type {kind!r:.60}; {nearest(str(kind), ITEM_TYPES)}", path)
    allowed = [name for name in parameters(kind) if name not in ("type", "name", "from")]
    for name in values:
        if name not in allowed:
            raise fault(f"defaults: {kind} has no parameter {name!r:.60} to set; {nearest(str(name), allowed)}", path)


def _with_defaults(items: Any, defaults: dict[str, dict[str, Any]], depth: int) -> Any:
    """The raw layers with what they leave out; what is no layer at all is left for validation to refuse."""
    if depth < 0:
        raise fault(f"layers: repeats are nested more than {MAX_NESTING} deep; write inner ones out", ("layers",))
    if not isinstance(items, list | tuple):
        return items
    return [_filled(item, defaults, depth) if isinstance(item, dict) else item for item in items]


def _filled(item: dict[str, Any], defaults: dict[str, dict[str, Any]], depth: int) -> dict[str, Any]:
    kind = item.get("type")
    if kind == "repeat" and "layers" in item:
        return {**item, "layers": _with_defaults(item["layers"], defaults, depth - 1)}
    return {**defaults[kind], **item} if isinstance(kind, str) and kind in defaults else item
