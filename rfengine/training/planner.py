"""Which trainings next: a pure function from those that have ended to those worth running.

The next training is the one that leaves least variance of the boundary to be expected, under the posterior of
`rfengine.training.boundary`: the minimum-variance method of King-Smith et al., Vision Research 34 (1994) 885, with
width and lapse unknown as in Kontsevich and Tyler, Vision Research 39 (1999) 2729. From there it follows that it first
brackets, then bisects, then confirms: a failure is not believed before others near it, or other seeds, agree, since
it may be a lapse. Of a launch, every further training is chosen in view of all that those before it may give.

It stops where no training is expected to narrow the boundary's standard deviation by 0.06 px, or at the budget.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import log

import numpy as np

from rfengine.training import boundary
from rfengine.training.boundary import LAPSES, LUCK, Belief, Floats
from rfengine.training.cells import Cell, Outcome

WORTH = 0.06  # px of standard deviation that a training must be expected to take away
DECAY = 0.64  # what is left of that from one training to the next, as seen in replays; for the progress bar only
SAVED = 0.3  # share of its steps that a training that learns does not need, so between equals it is asked
GRID_SHARE = 3  # budget: one part in so many of the plain grid
LEAST_BUDGET = 14  # trainings: fewer leave an interval of several px, whatever the range
BROKEN = 4  # trainings broken more than measured: the network cannot be trained
BRANCHES = 16  # futures of a launch that are told apart
CANDIDATES = 64  # distances that are weighed against each other at most
GUESS_SPREAD = 0.2  # of ln(b / guess)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be found out of one network."""

    distances: tuple[int, ...]  # px, rising: those that may be asked
    seeds: int = 3  # trainings of one distance at most
    first_seed: int = 0
    most: int | None = None  # trainings at most; None: a third of `distances` times `seeds`, but some (LEAST_BUDGET)
    width: int = 1  # trainings of one launch at most
    guess: float | None = None  # px: where theory expects the boundary; the first launch is laid about it

    @property
    def budget(self) -> int:
        """Trainings at most."""
        cells = len(self.distances) * self.seeds
        return max(cells // GRID_SHARE, min(cells, LEAST_BUDGET)) if self.most is None else self.most


@dataclass(frozen=True, slots=True)
class _Choice:
    cell: Cell
    gain: float  # px of standard deviation


# What may be thought after a launch, and how likely that is.
_Futures = tuple[tuple[float, Belief], ...]


def plan(question: Question, outcomes: Iterable[Outcome]) -> tuple[Cell, ...]:
    """The trainings of the next launch, `question.width` at most; none where the verdict of `fit_boundary` stands."""
    return tuple(choice.cell for choice in _choices(question, frozenset(outcomes), question.width))


def expected(question: Question, outcomes: Iterable[Outcome]) -> float:
    """Share of the trainings done, 0 ... 1; 1 where nothing is planned.

    What a training is worth falls by about the same factor each time, which tells how many are left.
    """
    told = frozenset(outcomes)
    first = _choices(question, told, 1)
    if not first:
        return 1.0
    left = 1 + log(max(first[0].gain, WORTH) / WORTH) / -log(DECAY)
    return len(told) / (len(told) + min(left, question.budget - len(told)))


def _choices(question: Question, told: frozenset[Outcome], width: int) -> list[_Choice]:
    """What to train side by side; less than `width` where more would tell too little."""
    known = len(boundary.measured(told))
    if len(told) - known >= known + BROKEN:
        return []
    free = _free(question, told)
    thought = boundary.belief(told, question.distances)
    if question.guess is not None and not told:
        thought = _about(question.guess, question.distances, thought)
    futures: _Futures = ((1.0, thought),)
    end = _untried_end(question, thought, told)
    chosen: list[_Choice] = []
    while free and len(chosen) < min(width, question.budget - len(told)):
        best = _best(free if chosen or end is None else [cell for cell in free if cell.distance == end], futures)
        # A guess can be so sure of itself that nothing seems worth a training; a verdict needs one all the same.
        if best.gain < WORTH and (told or chosen):
            break
        chosen.append(best)
        free.remove(best.cell)
        futures = _after(futures, best.cell.distance)
    return chosen


def _free(question: Question, told: frozenset[Outcome]) -> list[Cell]:
    """What may still be asked, in order."""
    run = {(each.distance, each.seed) for each in told}
    seeds = range(question.first_seed, question.first_seed + question.seeds)
    return [Cell(d, seed) for d in question.distances for seed in seeds if (d, seed) not in run]


def _about(guess: float, distances: tuple[int, ...], thought: Belief) -> Belief:
    """Only to lay the first launch: the verdict, and so what is still worth a training, does not know the guess."""
    centre = min(max(guess, distances[0]), distances[-1])
    away = np.log(np.maximum(thought.b, 0.1) / centre) / GUESS_SPREAD
    return thought.times(np.exp(-0.5 * away**2)[:, None, None])


def _untried_end(question: Question, thought: Belief, told: frozenset[Outcome]) -> int | None:
    """The end of the range beyond which the boundary seems to lie, as long as it has not been asked itself."""
    (median,) = thought.quantiles(0.5)
    least, largest = question.distances[0], question.distances[-1]
    end = least if median < least else largest if median > largest else None
    return None if end in {each.distance for each in told} else end


def _best(free: list[Cell], futures: _Futures) -> _Choice:
    """The training that takes away most variance for its cost; of equals the first."""
    distances = _candidates(sorted({cell.distance for cell in free}), futures[0][1])
    reach = boundary.within_reach(futures[0][1].b, np.array(distances, np.float64)[:, None, None])
    now, after, learns = 0.0, np.zeros(len(distances)), np.zeros(len(distances))
    for weight, each in futures:
        learnt = LUCK * each.of_b + np.einsum("bw,dbw->db", each.mass @ (1 - LAPSES - LUCK), reach)
        learns += weight * learnt.sum(-1)
        now += weight * float(_variance(each.b, each.of_b))
        after += weight * (_variance(each.b, learnt) + _variance(each.b, each.of_b - learnt))
    best = int(np.argmax((now - after) / (1 - SAVED * learns)))
    cell = next(cell for cell in free if cell.distance == distances[best])
    return _Choice(cell, float(np.sqrt(now) - np.sqrt(after[best])))


def _candidates(distances: list[int], thought: Belief) -> list[int]:
    """All of them; of many, so many as can be weighed, evenly from where the boundary may be."""
    if len(distances) <= CANDIDATES:
        return distances
    low, high = thought.quantiles(0.001, 0.999)
    near = [each for each in distances if low <= each <= high] or distances
    return near[:: -(-len(near) // CANDIDATES)]


def _variance(b: Floats, mass: Floats) -> Floats:
    """Variance of b under mass [..., b], times that mass."""
    total = np.maximum(mass.sum(-1), 1e-300)
    return np.asarray(mass @ b**2 - (mass @ b) ** 2 / total)


def _after(futures: _Futures, distance: int) -> _Futures:
    """Every future parted by how a training at this distance may end; the likeliest are kept."""
    p = boundary.success(futures[0][1].b, distance)
    parted = [
        (weight * float((each.mass * ends).sum()), each.times(ends)) for weight, each in futures for ends in (p, 1 - p)
    ]
    kept = sorted(parted, key=lambda each: -each[0])[:BRANCHES]
    total = sum(weight for weight, _ in kept)
    return tuple((weight / total, each) for weight, each in kept)
