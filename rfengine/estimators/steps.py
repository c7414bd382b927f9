"""The network as steps from feature map to feature map: what one unit reads of the map before it, axis by axis."""

from collections.abc import Iterator
from dataclasses import dataclass

from rfengine.calculus.index_map import IDENTITY, IndexMap
from rfengine.calculus.reads import Reads, Way
from rfengine.estimators.analytic import Fields
from rfengine.graph import Node, Shape

Places = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One way in which a feature map is made from another.

    `maps` has one entry per spatial axis of the input `source`: from the unit's index to the indices of `before` that
    it reads. None where no such map tells it (through tensors that are no feature maps). `places` are the tensor axes
    of `tensor` that are spatial.
    """

    node: Node
    before: str
    tensor: str
    places: Places
    maps: tuple[IndexMap | None, ...]

    @property
    def window(self) -> tuple[int, ...]:
        """How many units of `before` one unit spans, per axis; empty where that is not known."""
        known = [m for m in self.maps if m is not None]
        return tuple(max(m.sizes) for m in known) if len(known) == len(self.maps) else ()


def steps(fields: Fields, source: str) -> Iterator[Step]:
    """Every step on the way from an input, in the order of computation."""
    shape = fields.graph.shape
    seen = fields.by_input[source]
    places: dict[str, Places] = {source: fields.places(source, source)}
    # For a tensor that is no feature map but still follows the image: the feature maps that it was made from.
    made_from: dict[str, tuple[str, ...]] = {}
    for node, tensor, ways in fields.readings:
        if tensor not in seen:
            continue
        maps = fields.maps[source].get(tensor)
        if maps is None:
            if any(track is not None for track in seen[tensor].tracks):
                origins = [o for name, _ in ways for o in ((name,) if name in places else made_from.get(name, ()))]
                made_from[tensor] = tuple(dict.fromkeys(origins))
            continue
        places[tensor] = tuple(place for place, _ in maps)
        for name, way in ways:
            if name in places:
                yield from _step(node, name, tensor, way, (places[name], places[tensor]), (shape(name), shape(tensor)))
            for origin in made_from.get(name, ()):
                yield Step(node, origin, tensor, places[tensor], (None,) * len(maps))


def _step(
    node: Node, before: str, tensor: str, way: Way, places: tuple[Places, Places], shapes: tuple[Shape, Shape]
) -> Iterator[Step]:
    maps = tuple(_along(way, *pair, shapes) for pair in zip(*places, strict=True))
    # What is stretched over the map (a row, a mean) is seen from everywhere alike: no step from place to place.
    if not any(m is not None and m.slope == 0 for m in maps):
        yield Step(node, before, tensor, places[1], maps)


def _along(way: Way, before: int, after: int, shapes: tuple[Shape, Shape]) -> IndexMap | None:
    """What is read along one spatial axis, which the two tensors keep on the given axes."""
    if isinstance(way, Reads):
        read = way.axes[after]
        return read.map if read is not None and read.axis == before else None
    return IDENTITY if shapes[0][before] == shapes[1][after] else None
