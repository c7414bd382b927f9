"""Which network each unit is run on: for the part of the image that it sees, several images and units in one batch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, prod
from types import MappingProxyType

from rfengine.errors import NotEstimable, RfengineError
from rfengine.estimators import trace
from rfengine.estimators.analytic import Fields, propagate, receptive_fields
from rfengine.estimators.cone import Cone, Part
from rfengine.estimators.erf import Subject, Unit
from rfengine.estimators.likeness import difference
from rfengine.estimators.narrowing import Box, narrowed, united
from rfengine.graph import Graph, Shape

MOST_STACKED = 64

# What is done to a network before it runs, apart from its weights.
Prepare = Callable[[Graph], Graph]


@dataclass(frozen=True)
class View:
    """A unit with the part of the image that it is run on and its index in the network for that part.

    `refusal` says why the part is the whole image; '' where it is not.
    """

    unit: Unit
    part: Part
    index: Shape
    refusal: str = ""


@dataclass(frozen=True)
class Stack:
    """Views that share one network.

    `batch` images run at once. `separate`: each of them may be an image of its own for a unit of its own; where they
    are not, a run takes `batch` images for one unit. `refusal` says why there are not more. `axis` is where the target
    keeps the batch, None where it does not. `needed` is what the views need of every map; where it is not empty, the
    indices are those in the network narrowed to it.
    """

    graph: Graph
    views: tuple[View, ...]
    batch: int
    axis: int | None
    separate: bool
    refusal: str = ""
    needed: Mapping[str, Box] = field(default_factory=dict)


class Stacking:
    """Plans the runs of a target's units.

    Args:
        subject: the model.
        units: of one target.
        prepare: the policy without its weights.
        images: how many images each unit is run on.
        room: bytes that the values of one run may take.
        width: bytes of one value.
        crop: whether parts of the image may be used.
    """

    def __init__(
        self,
        subject: Subject,
        units: Sequence[Unit],
        prepare: Prepare,
        *,
        images: int,
        room: int,
        width: int,
        crop: bool,
    ) -> None:
        self.subject, self.units, self.prepare, self.images, self.crop = subject, units, prepare, images, crop
        self.source, self.target = units[0].source, units[0].target
        self.raw = subject.fields.graph.between_inputs_and((self.target,))
        self.base = prepare(self.raw)
        self.fields = self._fields()
        self.cone = Cone(self.fields, self.source, self.target)
        self.shape = self.raw.shape(self.source)
        known = (self.base.shape(name) for node in self.base.nodes for name in node.outputs if name)
        per_pixel = sum(prod(map(abs, shape)) for shape in known) * width / prod(self.cone.canvas) / self.shape[0]
        self.pixels = max(room / max(per_pixel, 1e-9), 1.0)

    @property
    def local(self) -> bool:
        """Whether the target sees the image locally and in no other way, under the policy."""
        return not self.fields.by_input[self.source][self.target].whole

    def plan(self) -> list[Stack]:
        """All units, each in one stack."""
        whole = Part((0,) * len(self.cone.canvas), self.cone.canvas)
        groups: dict[Shape, list[View]] = {}
        uncropped: list[View] = []
        for unit in self.units:
            part = self._part(unit)
            if isinstance(part, str):
                uncropped.append(View(unit, whole, unit.index, part))
            else:
                groups.setdefault(part.size, []).append(View(unit, part, unit.index))
        stacks = []
        for views in groups.values():
            found = self._cropped(views)
            if isinstance(found, str):
                uncropped += [View(view.unit, whole, view.unit.index, found) for view in views]
            else:
                stacks.append(found)
        return [*stacks, self._whole(uncropped)] if uncropped else stacks

    def _fields(self) -> Fields:
        fields = receptive_fields(self.base)
        if self.target not in fields.maps.get(self.source, {}):
            raise NotEstimable(
                f"'{self.target}' no longer sees '{self.source}' under this policy; use the model's own activations"
            )
        return fields

    def _part(self, unit: Unit) -> Part | str:
        if not self.crop:
            return "not asked for"
        if self.cone.refusal or self.subject.resized is not None:
            return self.cone.part(unit)
        return "the model cannot be imported for another size"

    def _batch(self, views: Sequence[View]) -> int:
        """How many images of some views run at once: as many as there is room for, in equal runs."""
        part = views[0].part
        wanted = self.images * len({view.part for view in views})
        room = min(wanted, MOST_STACKED, max(1, int(self.pixels // prod(part.size))))
        return ceil(wanted / ceil(wanted / room))

    def _cropped(self, views: Sequence[View]) -> Stack | str:
        """The stack of views of one size, or in words why the model for that size cannot be used."""
        refusal = ""
        batch = self._batch(views)
        for size in dict.fromkeys((batch, self.shape[0])):
            found = self._resized(size, views[0].part)
            if isinstance(found, str):
                refusal = refusal or found
                continue
            graph, prepared = found
            placed = [self._index(prepared, view) for view in views]
            wrong = [index for index in placed if isinstance(index, str)]
            if wrong:
                return wrong[0]
            located = tuple(replace(v, index=i) for v, i in zip(views, placed, strict=True) if not isinstance(i, str))
            stack = self._stacked(graph, prepared, located, refusal)
            if stack is not None:
                return stack
            refusal = "the images of a batch meet before the target"
        return refusal

    def _index(self, prepared: Graph, view: View) -> Shape | str:
        """The unit's index in the network for its part, or in words why it has none."""
        try:
            return self.cone.index_in(prepared, view.part, view.unit)
        except RfengineError as error:
            return _unfit(error)

    def _whole(self, views: Sequence[View]) -> Stack:
        """The stack of views of the whole image."""
        refusal = ""
        batch = self._batch(views)
        if self.subject.resized is not None and batch != self.shape[0]:
            found = self._resized(batch, views[0].part)
            stack = None if isinstance(found, str) else self._stacked(*found, tuple(views), "")
            if stack is not None:
                return stack
            refusal = found if isinstance(found, str) else "the images of a batch meet before the target"
        stack = self._stacked(self.raw, self.base, tuple(views), refusal)
        assert stack is not None, "the batch that the model was analysed with always runs"
        return stack

    def _resized(self, batch: int, part: Part) -> tuple[Graph, Graph] | str:
        """The network for a part, as imported and as prepared, or in words why it is not the same network."""
        if (batch, part.size) == (self.shape[0], self.cone.canvas):
            return self.raw, self.base
        assert self.subject.resized is not None, "asked before"
        try:
            graph = self.subject.resized((batch, self.shape[1], *part.size)).between_inputs_and((self.target,))
            graph = _sharing(graph, self.raw)
            prepared = self.prepare(graph)
        except RfengineError as error:
            return _unfit(error)
        return difference(self.base, prepared) or (graph, prepared)

    def _stacked(self, graph: Graph, prepared: Graph, views: tuple[View, ...], refusal: str) -> Stack | None:
        """The stack on a network; None where its images meet and the model was not analysed with so many."""
        batch = graph.shape(self.source)[0]
        axis, separate = batch_axis(prepared, self.source, self.target)
        if not separate and batch != self.shape[0]:
            return None
        return self._narrowed(Stack(graph, views, batch, axis, separate or batch == 1, refusal), prepared)

    def _narrowed(self, stack: Stack, prepared: Graph) -> Stack:
        """The stack on the network narrowed to what its views need, where that is proved to compute the same."""
        if not self.crop or self.cone.refusal:
            return stack
        needed: dict[str, Box] = {}
        for view in stack.views:
            needed = united(needed, self.cone.needed(prepared, view.part, view.unit))
        small = narrowed(prepared, needed)
        found = []
        for view in stack.views:
            index = self.cone.index_in(small, view.part, view.unit)
            if isinstance(index, str):
                return stack
            found.append(replace(view, index=index))
        return replace(stack, views=tuple(found), needed=needed)


def _unfit(error: RfengineError) -> str:
    return f"the model does not fit another shape ({error})"


def batch_axis(graph: Graph, source: str, target: str) -> tuple[int | None, bool]:
    """The target's axis that carries the batch of an input, and whether the images of a batch never meet."""
    start = trace.of_input(graph.shape(source), (0,), trace.Ledger(), (0,))
    found = propagate(graph, {source: start})[source][target]
    maps = found.maps(graph.shape(target))
    if maps is None:
        return None, False
    ((place, track),) = maps
    own = start.tracks[0]
    return place, own is not None and not found.whole and track.keys == own.keys


def _sharing(graph: Graph, other: Graph) -> Graph:
    """The graph with the weights of another in place of equal ones of its own, which then take no memory."""

    def shared(names: Iterable[str]) -> Iterable[str]:
        for name in names:
            mine, theirs = graph.constants[name], other.constants.get(name)
            if (
                theirs is not None
                and mine.dtype.kind not in "iu"
                and mine.shape == theirs.shape
                and (mine == theirs).all()
            ):
                yield name

    constants = {**graph.constants, **{name: other.constants[name] for name in shared(graph.constants)}}
    return replace(graph, constants=MappingProxyType(constants))
