"""What units compute along one axis, expression by expression: how a part of the image is proved to be enough.

Every index of a tensor stands for an expression: the node, and the expressions of the indices that it reads, in order,
with what lies beyond the ends of the axis and how far. Equal expressions get one number, whatever graph they are in. So
when a unit of a network for a part of the image has the number that a unit has in the network for all of it, then both
compute the same from the same pixels, padding included.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Self

from rfengine.calculus import layout
from rfengine.calculus.index_map import IndexMap
from rfengine.calculus.placement import Placement
from rfengine.calculus.reads import AxisRead, Border
from rfengine.graph import Shape

Expression = tuple[object, ...]


@dataclass
class Ledger:
    """Gives every expression a number, and keeps what it is made of.

    `before` and `after` are the expressions that read beyond the beginning or the end of some axis.
    """

    numbers: dict[Expression, int] = field(default_factory=dict)
    parts: list[tuple[int, ...]] = field(default_factory=list)
    before: set[int] = field(default_factory=set)
    after: set[int] = field(default_factory=set)

    def number(self, head: Expression, parts: tuple[int, ...] = ()) -> int:
        """The number of an expression: equal heads and equal parts have the same."""
        expression = (head, parts)
        found = self.numbers.get(expression)
        if found is None:
            found = self.numbers[expression] = len(self.parts)
            self.parts.append(parts)
        return found

    def beyond(self, index: int, length: int, landing: tuple[int, ...]) -> int:
        """The number of what is read outside 0 ... length - 1; `landing` is what is read in its place, if anything."""
        if index < 0:
            found = self.number(("before", index), landing)
            self.before.add(found)
        else:
            found = self.number(("after", index - length), landing)
            self.after.add(found)
        return found

    def cone(self, root: int) -> set[int]:
        """Everything that an expression is made of, itself included."""
        found, waiting = {root}, [root]
        while waiting:
            new = [part for part in self.parts[waiting.pop()] if part not in found]
            found.update(new)
            waiting.extend(new)
        return found


@dataclass(frozen=True, slots=True)
class AxisTrace:
    """The number of the expression at every index of one source axis."""

    source: int
    ledger: Ledger
    keys: tuple[int, ...]

    @property
    def length(self) -> int:
        """Number of indices."""
        return len(self.keys)

    def through(self, reads: IndexMap, length: int, border: Border, node: str) -> Self:
        """What `length` new indices compute that read the old ones.

        Where each reads just one, all in the same way (a slice, a crop), it computes a function of that one: its number
        will do, since the node is known.
        """
        taps = [support.elements() for support in reads.supports]
        found = []
        for i in range(length):
            periods, phase = divmod(i, reads.q)
            moved = periods * reads.p
            parts = tuple(self._at(k + moved, border) for k in taps[phase])
            head = (node, reads.p, reads.q, phase, border)
            found.append(parts[0] if reads.q == len(parts) == 1 else self.ledger.number(head, parts))
        return replace(self, keys=tuple(found))

    def noted(self, read: AxisRead, node: str) -> Self:
        """The same: how exact the map is, is asked of the fields."""
        del read, node
        return self

    def in_blocks(self) -> Self:
        """The same: a block is read as any other indices are."""
        return self

    def meet(self, other: Self, node: str, paths: tuple[str, str]) -> Self:
        """What is computed from two paths; from twice the same expression, a function of that one."""
        del paths  # they go by the order in which the node reads them
        number = self.ledger.number
        pairs = zip(self.keys, other.keys, strict=True)
        return replace(self, keys=tuple(a if a == b else number((node,), (a, b)) for a, b in pairs))

    def _at(self, index: int, border: Border) -> int:
        if 0 <= index < len(self.keys):
            return self.keys[index]
        landing = border.landing(index, len(self.keys))
        return self.ledger.beyond(index, len(self.keys), () if landing is None else (self.keys[landing],))


Trace = Placement[AxisTrace]


def of_input(shape: Shape, axes: Iterable[int], ledger: Ledger, offset: tuple[int, ...]) -> Trace:
    """An input, or a part of it that begins at `offset`: every index is its own pixel."""
    places = tuple(axes)
    tracks = tuple(
        AxisTrace(source, ledger, tuple(ledger.number(("pixel", source, first + i)) for i in range(shape[place])))
        for source, (place, first) in enumerate(zip(places, offset, strict=True))
    )
    return Placement(layout.of_input(shape, places), tracks)
