"""Rows of trainings to fit and to plan on: the published ones, drawn ones, and the loop that plans one to its end."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import exp
from pathlib import Path

import numpy as np

from rfengine.training.boundary import Boundary, fit_boundary
from rfengine.training.cells import Cell, Outcome
from rfengine.training.planner import Question, plan

GRIDS = Path(__file__).parents[1] / "data" / "edataset_grids.json"
LEAST_DEPTH = 7  # shallower nets have no boundary: below 7 px letter and mark touch

Answers = Callable[[Cell], float | None]
Planner = Callable[[Question, Sequence[Outcome]], tuple[Cell, ...]]


@dataclass(frozen=True)
class Row:
    """One depth of a published series: one training per distance."""

    depth: int
    accuracy: dict[int, float]  # by distance, px

    @property
    def distances(self) -> tuple[int, ...]:
        return tuple(self.accuracy)

    @property
    def outcomes(self) -> list[Outcome]:
        return [Outcome(distance, 0, accuracy) for distance, accuracy in self.accuracy.items()]

    @property
    def boundary(self) -> Boundary:
        return fit_boundary(self.outcomes, self.distances)

    def answer(self, cell: Cell) -> float:
        return self.accuracy[cell.distance]


@cache
def published(series: str) -> tuple[Row, ...]:
    grid = json.loads(GRIDS.read_text())["series"][series]
    return tuple(
        Row(int(depth), dict(zip(grid["distances"], values, strict=True))) for depth, values in grid["rows"].items()
    )


@dataclass(frozen=True)
class Law:
    """What trainings are drawn from: learnt with (1 - lapse) / (1 + exp((d - b) / w)), else a guess of 256 samples."""

    b: float
    w: float
    lapse: float
    broken: float = 0.0  # share without an accuracy

    def answers(self, seed: int) -> Answers:
        """The same cell gives the same answer, in whatever order."""

        def answer(cell: Cell) -> float | None:
            rng = np.random.default_rng([seed, cell.distance, cell.seed])
            if rng.random() < self.broken:
                return None
            z = min((cell.distance - self.b) / self.w, 500)
            learns = rng.random() < (1 - self.lapse) / (1 + exp(z))
            return 1.0 if learns else float(rng.binomial(256, 0.5)) / 256

        return answer


def laws(seed: int, count: int, span: tuple[int, int]) -> Iterator[Law]:
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield Law(rng.uniform(span[0] + 1, span[1] - 1), rng.uniform(0.3, 2), rng.uniform(0, 0.15))


def carried_out(question: Question, answer: Answers, planner: Planner = plan) -> list[Outcome]:
    """Every launch, to the end that the planner sets."""
    outcomes: list[Outcome] = []
    while launch := planner(question, outcomes):
        outcomes += [Outcome(cell.distance, cell.seed, answer(cell)) for cell in launch]
    return outcomes
