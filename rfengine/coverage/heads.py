"""The heads of a detector: found by themselves or by the policy's rules, named by their strides, with what they see."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase

from api_schemas.policy import EVERY_HEAD, CoveragePolicy, HeadRule
from rfengine.calculus.field import AxisField, status_of
from rfengine.errors import BadInput, BadTarget
from rfengine.estimators.analytic import Fields
from rfengine.graph import Graph
from rfengine.targets import find_targets

LISTED = 12

# What tensors of one head have in common: stride and number of units, per axis.
Grid = tuple[tuple[float, ...], tuple[int, ...]]


@dataclass(frozen=True)
class Head:
    """One head of a detector. Pairs are h before w; px of the network's input.

    `trf` is the size that every unit of every tensor has at least: the smallest over tensors and phases. `status` is
    the least exact of the tensors', `clipped_share` the largest. `erf_side` is None until it is measured.
    """

    name: str
    tensors: tuple[str, ...]
    units: tuple[int, int]
    stride: tuple[float, float]
    trf: tuple[int, int]
    status: str
    clipped_share: float
    global_context: tuple[str, ...] = ()
    erf_side: int | None = None

    def measured(self, sides: Mapping[str, int]) -> "Head":
        """The same with its effective field: the smallest energy side over its tensors, px."""
        return replace(self, erf_side=min(sides[tensor] for tensor in self.tensors))


def find_heads(fields: Fields, policy: CoveragePolicy) -> tuple[Head, ...]:
    """The heads that a policy names, finest first.

    Automatic heads are the last feature maps: those that nothing of the same stride and size is made from. Where their
    values are gathered into one tensor, maps of a single unit that go in beside them are heads too (SSD's last one).

    Raises:
        BadInput: the model has no image with two axes, a rule matches nothing, or two heads have one name.
    """
    image = image_of(fields)
    found: list[Head] = []
    if policy.heads == EVERY_HEAD:
        found += _heads(fields, image, _automatic(fields), name=None)
    else:
        for place, rule in enumerate(policy.heads):
            found += _by_rule(fields, image, rule, f"heads[{place}]")
    heads = tuple(sorted(_told_apart(found), key=lambda head: (math.prod(head.stride), -math.prod(head.units))))
    twice = {head.name for head in heads if [other.name for other in heads].count(head.name) > 1}
    if twice:
        raise BadInput(f"heads: two heads are called {', '.join(sorted(twice))}; give them names of their own")
    unknown = [name for name in policy.per_head if name not in {head.name for head in heads}]
    if unknown:
        raise BadInput(f"per_head.{unknown[0]}: no head is called so; {listed(heads)}")
    return heads


def image_of(fields: Fields) -> str:
    """The model's only image input.

    Raises:
        BadInput: it has several, or one that has not two axes.
    """
    if len(fields.axes) != 1:
        raise BadInput(
            f"coverage needs one image input, and the model has {len(fields.axes)}: {', '.join(fields.axes)}"
        )
    image, axes = next(iter(fields.axes.items()))
    if len(axes) != 2:
        raise BadInput(f"coverage is of boxes in images, and the input '{image}' has the axes {', '.join(axes)}")
    return image


def listed(heads: Iterable[Head]) -> str:
    """Which heads there are, as the end of a sentence."""
    return "there are " + ", ".join(f"{head.name} ({head.tensors[0]})" for head in heads)


def _by_rule(fields: Fields, image: str, rule: HeadRule, place: str) -> list[Head]:
    if rule.tensor is not None:
        try:
            tensors = find_targets(fields, (rule.tensor,))
        except BadTarget as error:
            raise BadInput(f"{place}.tensor: {error}") from error
        return _heads(fields, image, tensors, name=rule.name)
    if rule.stride is not None:
        every = _heads(fields, image, _automatic(fields), name=None)
        chosen = [head for head in every if rule.stride in head.stride]
        if not chosen:
            raise BadInput(f"{place}.stride: no head has stride {rule.stride:g}; {_strides(every)}")
        return _renamed(chosen, rule, place)
    assert rule.pattern is not None
    maps = fields.feature_maps()
    matching = [name for name in maps if _matches(fields.graph, name, rule.pattern)]
    if not matching:
        near = get_close_matches(rule.pattern.strip("*?"), maps, n=LISTED, cutoff=0.4) or list(_automatic(fields))
        shown = ", ".join(near[:LISTED])
        raise BadInput(f"{place}.pattern: nothing is called like '{rule.pattern}'; feature maps are {shown}, ...")
    return _renamed(_heads(fields, image, _last_of(fields, matching), name=None), rule, place)


def _matches(graph: Graph, tensor: str, pattern: str) -> bool:
    return fnmatchcase(tensor, pattern) or fnmatchcase(graph.producers[tensor].name, pattern)


def _renamed(heads: list[Head], rule: HeadRule, place: str) -> list[Head]:
    if rule.name is None:
        return heads
    if len(heads) > 1:
        raise BadInput(
            f"{place}.name: '{rule.name}' would be the name of {len(heads)} heads; {listed(heads)}; drop name"
        )
    return [replace(heads[0], name=rule.name)]


def _strides(heads: Sequence[Head]) -> str:
    return "there are " + ", ".join(f"{head.name} at {head.stride[0]:g}" for head in heads)


def _automatic(fields: Fields) -> tuple[str, ...]:
    wide = find_targets(fields)
    outputs = [name for name in fields.graph.outputs if name in fields.graph.producers and fields.spatial(name)]
    candidates = [*dict.fromkeys([*wide, *(name for name in outputs if _is_map(fields, name))])]
    candidates += _gathered(fields, candidates)
    # The last wide map before a map of one unit that is a head is a step towards it.
    steps = {name for name, after in _made_of(fields.graph, candidates).items() if after and name not in outputs}
    return _last_of(fields, [name for name in candidates if name not in steps])


def _is_map(fields: Fields, tensor: str) -> bool:
    """Whether a tensor without width is a map of one unit: more than a vector of classes."""
    extent = fields.extent(tensor)
    return extent is not None and (max(extent) > 1 or not fields.by_input[image_of(fields)][tensor].whole)


def _last_of(fields: Fields, tensors: Sequence[str]) -> tuple[str, ...]:
    """Those from which no other of the same stride and size is made, in the order of computation."""
    image = image_of(fields)
    grids = {name: _grid(fields, image, name) for name in tensors}
    made = _made_of(fields.graph, grids)
    order = {name: place for place, name in enumerate(fields.feature_maps())}
    kept = [name for name in grids if all(grids[other] != grids[name] for other in made[name])]
    return tuple(sorted(kept, key=order.__getitem__))


def _made_of(graph: Graph, tensors: Iterable[str]) -> dict[str, set[str]]:
    """Which others of some tensors each of them leads on to."""
    known, below = set(tensors), dict[str, set[str]]()
    for node in reversed(graph.nodes):
        after: set[str] = set()
        for name in filter(None, node.outputs):
            after |= below.get(name, set()) | ({name} & known)
        for name in filter(None, node.inputs):
            below.setdefault(name, set()).update(after)
    return {name: below.get(name, set()) for name in known}


def _gathered(fields: Fields, heads: Sequence[str]) -> Iterator[str]:
    """Maps of one unit whose values are put together with those of other heads, when both are no maps any more."""
    graph, made_of = fields.graph, {name: {name} for name in heads}
    for node in graph.nodes:
        if any(fields.spatial(name) for name in node.outputs if name):
            continue
        from_heads = {name: made_of[name] for name in node.inputs if name in made_of}
        union = set().union(*from_heads.values()) if from_heads else set()
        if len(from_heads) > 1 and len(union) > 1:
            for name in node.inputs:
                if name and name not in from_heads:
                    yield from _map_behind(fields, name)
        for name in filter(None, node.outputs):
            if union:
                made_of[name] = union


def _map_behind(fields: Fields, tensor: str) -> Iterator[str]:
    """The map of one unit that a tensor is a reshaping of."""
    graph = fields.graph
    while tensor in graph.producers:
        if fields.spatial(tensor):
            if fields.extent(tensor) == (1, 1) and _is_map(fields, tensor):
                yield tensor
            return
        tensor = graph.producers[tensor].inputs[0]


def _grid(fields: Fields, image: str, tensor: str) -> Grid:
    tracks = fields.spatial(tensor)[image]
    return tuple(float(abs(track.map.slope)) for track in tracks), tuple(track.length for track in tracks)


def _heads(fields: Fields, image: str, tensors: Iterable[str], *, name: str | None) -> list[Head]:
    """One head per stride and size."""
    grids: dict[Grid, list[str]] = {}
    for tensor in tensors:
        grids.setdefault(_grid(fields, image, tensor), []).append(tensor)
    return [_head(fields, image, tuple(alike), name or level_name(grid[0])) for grid, alike in grids.items()]


def _head(fields: Fields, image: str, tensors: tuple[str, ...], name: str) -> Head:
    (stride_h, stride_w), (units_h, units_w) = _grid(fields, image, tensors[0])
    tracks = [fields.spatial(tensor)[image] for tensor in tensors]
    height, width = (min(_guaranteed(pair[axis]) for pair in tracks) for axis in (0, 1))
    places = [fields.by_input[image][tensor] for tensor in tensors]
    statuses = [status_of(place)[0].value for place in places]
    return Head(
        name=name,
        tensors=tensors,
        units=(units_h, units_w),
        stride=(stride_h, stride_w),
        trf=(height, width),
        status=max(statuses, key=("exact", "canvas", "upper_bound").index),
        clipped_share=max(fields.clipped_share(tensor, image) for tensor in tensors),
        global_context=tuple(dict.fromkeys(node for place in places for node in place.whole)),
    )


def _guaranteed(track: AxisField) -> int:
    """What every unit of an axis sees at least, px: the smallest of the phases that occur."""
    return min(track.map.sizes[: track.length])


def level_name(stride: Sequence[float]) -> str:
    """P3 for stride 8, as pyramids are numbered; S100, or S32x16, where a stride is no power of two."""
    level = math.log2(stride[0]) if stride[0] > 0 else -1.0
    if len(set(stride)) == 1 and level >= 0 and level.is_integer():
        return f"P{int(level)}"
    return "S" + "x".join(dict.fromkeys(f"{each:g}" for each in stride))


def _told_apart(heads: Sequence[Head]) -> Iterator[Head]:
    """Heads of one stride and several sizes have their size in their name: P6-5x5, P6-3x3."""
    for head in heads:
        sizes = {other.units for other in heads if other.name == head.name}
        yield replace(head, name=f"{head.name}-{'x'.join(map(str, head.units))}") if len(sizes) > 1 else head
