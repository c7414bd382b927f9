"""Layers put in between a feature map and the heads that fall short: what the kinds that do so have in common."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import onnx

from rfengine.coverage.recommend.constants import AddWeight
from rfengine.coverage.recommend.paths import readers_towards
from rfengine.coverage.recommend.sites import said
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import ADDED, Edit, Layers, reroute, splice
from rfengine.coverage.recommend.trial import Family, Trial

# What adds layers, the name of the map that they make, the map they read and its number of channels, to their nodes.
Build = Callable[[Layers, str, str, int], list[onnx.NodeProto]]

NO_MAP = "no map with room for it"


@dataclass(frozen=True)
class Place:
    """A map with the values whose nodes read it on the way to heads that fall short; `units` is its shorter side."""

    map: str
    channels: int
    units: int
    heads: tuple[str, ...]
    readers: tuple[str, ...]


def places(subject: Subject) -> tuple[Place, ...]:
    """One per map that heads which fall short are made from; none where one of these heads has no such map."""
    graph, by_map = subject.analysed.graph, dict[str, list[str]]()
    for head in subject.short:
        tensor = subject.map_before(head)
        if tensor is None:
            return ()
        by_map.setdefault(tensor, []).append(head.name)
    tensors = {head.name: head.tensors for head in subject.short}
    return tuple(
        Place(
            tensor,
            graph.shape(tensor)[1],
            min(graph.shape(tensor)[2:]),
            tuple(names),
            readers_towards(graph, tensor, [each for name in names for each in tensors[name]]),
        )
        for tensor, names in by_map.items()
    )


def family(subject: Subject, kind: str, trials: Iterable[tuple[int, Trial]]) -> Iterator[Family]:
    """A change in its strengths, each with how many units its outermost tap lies from the middle.

    One whose taps would all fall on padding widens the field and sees nothing more; it is not tried.
    """
    if not subject.short:
        return
    found = places(subject)
    room = min((place.units for place in found), default=0)
    yield Family(tuple(trial for reach, trial in trials if reach < room), why=f"{kind}: {NO_MAP}")


def where(found: Sequence[Place]) -> str:
    """The places in a sentence: `on 'P5' before head P5`."""
    heads = [head for place in found for head in place.heads]
    word = "head" if len(heads) == 1 else "heads"
    return f"on {said([place.map for place in found])} before {word} {', '.join(heads)}"


def inserting(subject: Subject, found: Sequence[Place], build: Build) -> Edit:
    """Let the heads read their maps through new layers; whoever else reads these maps goes on as before."""
    graph = subject.analysed.graph

    def edit(model: onnx.ModelProto, add: AddWeight) -> None:
        for place in found:
            layers = Layers(model, add, graph.values[place.map].dtype)
            made = f"{ADDED}{place.map}"
            nodes = build(layers, made, place.map, place.channels)
            splice(model, nodes, after=[place.map])
            reroute(model, place.map, made, readers=place.readers)

    return edit
