"""Where one layer of a spec is built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import onnx
from numpy.typing import NDArray
from onnx import helper

from rfengine.errors import BadSpec
from rfengine.initialisers import Layer
from rfengine.spec_import.weights import Weights

T = TypeVar("T")
Shape = tuple[int, ...]
Attribute = int | float | str | Sequence[int]

AXIS_NAMES = {1: ("w",), 2: ("h", "w"), 3: ("d", "h", "w")}


@dataclass(slots=True)
class Site:
    """One layer while it is built: what it reads, and the nodes it becomes.

    Values inside the layer are called `<layer>:<part>`; the last node and its value carry the layer's own name.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    shapes: tuple[Shape, ...]
    weights: Weights
    path: tuple[str | int, ...] = ()
    nodes: list[onnx.NodeProto] = field(default_factory=list)

    def refuse(self, message: str) -> BadSpec:
        """The error that says that this layer cannot be built."""
        return BadSpec(f"{self.kind} '{self.name}': {message}", path=self.path)

    @property
    def shape(self) -> Shape:
        """Shape of the layer's first input, batch and channels first."""
        return self.shapes[0]

    def spatial(self, axes: int | None = None) -> Shape:
        """Spatial sizes of the first input, px.

        Raises:
            BadSpec: the input has no spatial axes, or not as many as asked for.
        """
        sizes = self.shape[2:]
        if not sizes:
            raise self.refuse(
                f"needs spatial axes, but its input '{self.inputs[0]}' has shape {list(self.shape)}; "
                "put it before the layer that flattens"
            )
        if axes is not None and len(sizes) != axes:
            raise self.refuse(f"works on {axes} spatial axes, but its input has shape {list(self.shape)}")
        return sizes

    def axis_name(self, axis: int) -> str:
        """What messages call a spatial axis of the first input."""
        return AXIS_NAMES[len(self.shape) - 2][axis]

    def per_axis(self, field: str, values: tuple[T, ...], count: int) -> tuple[T, ...]:
        """One value per axis of a layer's field; a single one stands for all axes."""
        if len(values) == 1:
            return values * count
        if len(values) != count:
            raise self.refuse(f"{field} has {len(values)} entries, but there are {count} axes; give 1 or {count}")
        return values

    def node(
        self, op: str, inputs: Sequence[str], attributes: Mapping[str, Attribute] | None = None, part: str = ""
    ) -> str:
        """Add a node; returns the name of its value."""
        value = self._called(part) if part else self.name
        node = helper.make_node(op, list(inputs), [value], name=value)
        node.attribute.extend(helper.make_attribute(key, held) for key, held in (attributes or {}).items())
        self.nodes.append(node)
        return value

    def constant(self, part: str, values: NDArray[Any]) -> str:
        """Add a fixed tensor; returns its name."""
        return self.weights.add(self._called(part), values)

    def fill(self, part: str, count: int, value: float) -> str:
        """Add `count` equal float32 values; returns the tensor's name."""
        return self.weights.fill(self.name, self._called(part), (count,), value)

    def weight(
        self,
        part: str,
        shape: Shape,
        fan_in: int,
        fan_out: int,
        fill: float | None = None,
        *,
        groups: int = 1,
        inputs_first: bool = False,
    ) -> str:
        """Add a weight from the spec's initialiser, or filled with one value; returns its name.

        Its shape is [out, in / groups, *kernel], or [in, out / groups, *kernel] with the inputs first.
        """
        layer = Layer.of_stored(self.name, shape, fan_in, fan_out, groups=groups, inputs_first=inputs_first)
        return self.weights.draw(self._called(part), layer, fill)

    def _called(self, part: str) -> str:
        return f"{self.name}:{part}"
