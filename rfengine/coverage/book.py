"""Books every object to a head: the finest that answers for it and covers it, else the one that comes nearest."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from api_schemas.coverage import Binding
from api_schemas.policy import CoveragePolicy, HeadRequirements
from rfengine.coverage.assignment import answering
from rfengine.coverage.assignment.registry import Mask
from rfengine.coverage.checked import BINDINGS, NOTHING, Checked
from rfengine.coverage.heads import Head
from rfengine.coverage.objects.table import Floats, Integers
from rfengine.coverage.requirements import ENOUGH, Met, met
from rfengine.coverage.views import View

# So many objects at a time: what is computed of them by the way then takes no memory to speak of.
BLOCK = 1 << 16


@dataclass(frozen=True, eq=False)
class Booked:
    """The objects as booked, and the best ratio that any head has for each: [n], 0 where no head answers."""

    checked: Checked
    best: Floats
    contradicted: Integers


def book(
    policy: CoveragePolicy, heads: Sequence[Head], views: Sequence[View], count: Integers, canvas: tuple[int, int]
) -> Booked:
    """Book all objects; `heads` finest first, `views` of the same objects, `count` [n].

    `contradicted` lists the rows that no head may cover: their field would have to be larger than the input, and may
    not touch padding.
    """
    requirements = [policy.required_of(head.name) for head in heads]
    blocks = []
    for start in range(0, len(count), BLOCK):
        rows = slice(start, start + BLOCK)
        state = _Block(requirements, [view.part(rows) for view in views], count[rows], canvas)
        for view in state.views:
            mask = answering(policy.assign, heads, view)
            for place, head in enumerate(heads):
                state.try_head(place, head, view, mask[place])
        blocks.append(state)
    columns = {f.name: np.concatenate([getattr(b, f.name) for b in blocks]) for f in fields(Checked)}
    contradicted = np.concatenate([b.answered & ~b.possible for b in blocks])
    return Booked(Checked(**columns), np.concatenate([b.best for b in blocks]), np.flatnonzero(contradicted))


class _Block:
    """Some objects on their way through the heads; its columns become those of `Checked`."""

    def __init__(
        self, requirements: Sequence[HeadRequirements], views: Sequence[View], count: Integers, canvas: tuple[int, int]
    ) -> None:
        self.requirements, self.views, self.count, self.canvas = requirements, views, count, canvas
        n = len(count)
        self.height, self.width = views[0].height.copy(), views[0].width.copy()
        self.head = np.full(n, -1, np.int16)
        self.binding = np.full(n, BINDINGS.index("no_head"), np.int8)
        self.ratio, self.best = np.zeros(n), np.zeros(n)
        self.has, self.needed = np.full(n, np.nan), np.full(n, np.nan)
        self.answered, self.possible = np.zeros(n, bool), np.zeros(n, bool)

    def try_head(self, place: int, head: Head, view: View, answers: Mask) -> None:
        """Book to a head those of its objects that none before it covers, and that it covers or comes nearer to."""
        require = self.requirements[place]
        found = list(met(require, head, view))
        worst = _worst(found)
        covers = worst.ratio >= ENOUGH
        first = self.head < 0
        take = answers & (self.binding != NOTHING) & (covers | first | (worst.ratio > self.ratio))
        codes = np.where(covers, NOTHING, worst.codes)
        pairs = (
            (self.height, view.height),
            (self.width, view.width),
            (self.binding, codes),
            (self.ratio, worst.ratio),
            (self.has, worst.has),
            (self.needed, worst.needed),
        )
        for column, value in pairs:
            column[take] = value[take]
        self.head[take] = place
        self.best = np.where(answers, np.maximum(self.best, worst.ratio), self.best)
        self.answered |= answers
        self.possible |= answers & ~_contradicts(require, found, self.canvas)


@dataclass(frozen=True, eq=False)
class _Worst:
    ratio: Floats
    has: Floats
    needed: Floats
    codes: NDArray[np.int8]


def _worst(found: Sequence[Met]) -> _Worst:
    """Of several requirements the one that is worst off, object by object."""
    ratios = np.stack([each.ratio for each in found])
    which = ratios.argmin(axis=0)

    def pick(columns: Sequence[Floats]) -> Floats:
        return np.asarray(np.take_along_axis(np.stack(columns), which[None], axis=0)[0])

    codes = np.array([BINDINGS.index(each.binding) for each in found], np.int8)
    return _Worst(pick(list(ratios)), pick([m.has for m in found]), pick([m.needed for m in found]), codes[which])


def _contradicts(require: HeadRequirements, found: Sequence[Met], canvas: tuple[int, int]) -> Mask:
    """Where a field must be larger than the whole input, and no unit's field may reach beyond it."""
    needed: dict[Binding, Floats] = {each.binding: each.needed for each in found}
    if require.clipped != 0 or "trf" not in needed:
        return np.zeros(len(found[0].ratio), bool)
    return needed["trf"] > max(canvas)
