"""The networks of a request, and what is to be trained of them: everything that a sweep decides before it trains."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from math import floor

from api_schemas.fan_out import Part, PartOutcome
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import LEAST_DISTANCE, SweepOptions, farthest_on
from api_schemas.sweep_result import Grown, RunResult, SweepPart, SweepPartResult
from rfengine.errors import BadInput, SelfCheckFailed
from rfengine.training.address import address
from rfengine.training.cells import Cell, Outcome
from rfengine.training.part import spec_of
from rfengine.training.planner import Question, expected, plan
from rfengine.training.sources import Source, sources
from rfengine.training.theory import Reach, reach

# Runs of one part on a GPU, where more of them cost little more.
ON_A_GPU = 64
# Launches of one network at least, as far as its budget allows: fewer learn nothing from each other.
ROUNDS = 4
GRID_ROUND = 8
LEARNT = 0.9  # accuracy of a run whose field is worth showing


@dataclass(frozen=True)
class Finished:
    """What has been trained so far, of all networks."""

    runs: tuple[RunResult, ...] = ()
    grown: tuple[Grown, ...] = ()
    notes: tuple[str, ...] = ()
    device: str = "cpu"

    def and_(self, more: SweepPartResult) -> "Finished":
        """With the runs of one more part; a run that is known already counts once. Maps are kept of one run a network:
        they are large.
        """
        known = {(run.network, run.distance_px, run.seed) for run in self.runs}
        fresh = tuple(run for run in more.runs if (run.network, run.distance_px, run.seed) not in known)
        notes = tuple(dict.fromkeys((*self.notes, *more.notes)))
        device = "cuda" if "cuda" in (self.device, more.device) else "cpu"
        return Finished((*self.runs, *fresh), _with_one_map((*self.grown, *more.grown)), notes, device)


class Agenda:
    """The networks and the questions of one request; so many parts may train side by side, of all networks together.

    Raises:
        BadInput: the request does not fit: two networks at once, several targets, or a name that is none.
    """

    def __init__(self, model: bytes | None, request: AnalyzeRequest, *, name: str, parts: int) -> None:
        self.options = request.sweep or SweepOptions()
        self.sources = sources(model, request, self.options, name=request.name or name)
        # The planner learns most from one run at a time, and networks have nothing to tell each other.
        self.width = -(-parts // len(self.sources))
        self._reaches: dict[str, Reach] = {}

    @cached_property
    def on_gpu(self) -> bool:
        """Whether it trains on a GPU: what is asked for, or found, in this process."""
        from rfengine.runtime.device import resolve

        return resolve(self.options.training.device) == "cuda"

    @cached_property
    def members(self) -> int:
        """Runs of one part."""
        return self.options.members or (ON_A_GPU if self.on_gpu else 1)

    def source(self, name: str) -> Source:
        """The network of a name.

        Raises:
            BadInput: the sweep has none of that name.
        """
        found = next((source for source in self.sources if source.name == name), None)
        if found is None:
            known = ", ".join(source.name for source in self.sources)
            raise BadInput(f"the sweep trains no network '{name}'; it trains {known}")
        return found

    def reach(self, source: Source) -> Reach:
        """How far a network can see."""
        if source.name not in self._reaches:
            self._reaches[source.name] = reach(source.network)
        return self._reaches[source.name]

    def distances(self, source: Source) -> range:
        """What may be trained, px: as far as the decision's outermost pixel sees, and one px for the distortion.

        A network that sees less than the least distance is trained at that one: its boundary is `below`.
        """
        options = self.options
        if options.distances is not None:
            return range(options.distances[0], options.distances[1] + 1)
        largest = floor(self.reach(source).radius + options.training.measure_radius) + 1
        if options.training.canvas != "tight":
            largest = min(largest, farthest_on(options.training.canvas))
        return range(LEAST_DISTANCE, max(largest, LEAST_DISTANCE) + 1)

    def question(self, source: Source) -> Question:
        """What the planner is asked for one network.

        On a GPU many runs cost little more than one, so the budget is every run that may be asked for; elsewhere a
        launch is kept so small that there are some to learn from.
        """
        options = self.options
        reached = self.reach(source).radius
        guess = 3 * source.depth**0.5 if source.depth is not None else reached / 2
        distances = tuple(self.distances(source))
        everything = len(distances) * options.seeds
        question = Question(
            distances=distances,
            seeds=options.seeds,
            first_seed=options.first_seed,
            most=options.trainings or (everything if self.on_gpu else None),
            width=self.width * self.members,
            guess=min(guess, reached),
        )
        return (
            question if self.on_gpu else replace(question, width=max(1, min(question.width, question.budget // ROUNDS)))
        )

    def next_cells(self, source: Source, runs: Sequence[RunResult]) -> tuple[Cell, ...]:
        """What to train next of one network; nothing where its verdict stands."""
        if self.options.method == "planned":
            return plan(self.question(source), self.outcomes(source, runs))
        known = {(run.distance_px, run.seed) for run in runs if run.network == source.name}
        seeds = range(self.options.first_seed, self.options.first_seed + self.options.seeds)
        grid = (Cell(distance, seed) for seed in seeds for distance in self.distances(source))
        left = (cell for cell in grid if (cell.distance, cell.seed) not in known)
        # A round of some parts a place, so that one sweep does not fill the queue for all others.
        return tuple(islice(left, GRID_ROUND * self.width * self.members))

    def outcomes(self, source: Source, runs: Sequence[RunResult]) -> tuple[Outcome, ...]:
        """The runs of one network as the planner takes them."""
        samples = self.options.training.evaluation_samples
        own = (run for run in runs if run.network == source.name)
        return tuple(Outcome(run.distance_px, run.seed, run.accuracy, samples) for run in own)

    def share(self, runs: Sequence[RunResult]) -> float:
        """Share of the whole that is done."""
        return sum(self._share(source, runs) for source in self.sources) / len(self.sources)

    def _share(self, source: Source, runs: Sequence[RunResult]) -> float:
        if self.options.method == "planned":
            return expected(self.question(source), self.outcomes(source, runs))
        own = sum(run.network == source.name for run in runs)
        return own / (len(self.distances(source)) * self.options.seeds)

    def parts(self, source: Source, cells: Sequence[Cell]) -> list[Part]:
        """The cells as parts, each of runs that share a canvas."""
        by_scene: dict[tuple[int, int], list[Cell]] = {}
        for cell in cells:
            by_scene.setdefault(self._canvas(source, cell), []).append(cell)
        return [
            self._part(source, same[i : i + self.members])
            for same in by_scene.values()
            for i in range(0, len(same), self.members)
        ]

    def _part(self, source: Source, cells: Sequence[Cell]) -> Part:
        keys = [address(source.identity, self.options, cell) for cell in cells]
        body = SweepPart(network=source.name, runs=tuple(spec_of(source, cell) for cell in cells))
        shown = ", ".join(f"{cell.distance} px" for cell in cells[:4]) + (", ..." if len(cells) > 4 else "")
        height, width = self._canvas(source, cells[0])
        return Part(
            key=hashlib.sha256("".join(keys).encode()).hexdigest(),
            body=body.model_dump(mode="json"),
            title=f"{source.name}: {shown}"[:200],
            weight=float(len(cells) * height * width * (source.depth or 1)),
        )

    def _canvas(self, source: Source, cell: Cell) -> tuple[int, int]:
        options = self.options
        return source.network.scene(options, cell.distance).shape

    def finished(self, outcome: PartOutcome) -> SweepPartResult:
        """The result of a part; of one that failed, its runs as failed ones.

        Raises:
            SelfCheckFailed: the result is of other runs than were asked for.
        """
        if outcome.result is not None:
            return self.of_part(outcome.part, SweepPartResult.model_validate(outcome.result))
        return self.failed(outcome.part, outcome.problem.detail if outcome.problem else "the part has no result")

    def of_part(self, part: Part, result: SweepPartResult) -> SweepPartResult:
        """A result under the name that this sweep gives the network: a part that was done before may have had another.

        Raises:
            SelfCheckFailed: it is of other runs than were asked for.
        """
        asked = SweepPart.model_validate(part.body)
        if {(run.distance_px, run.seed) for run in asked.runs} != {(run.distance_px, run.seed) for run in result.runs}:
            raise SelfCheckFailed(f"part '{part.title}' answers other runs than it was asked for; please report this")
        named = {"network": asked.network}
        runs = tuple(run.model_copy(update=named) for run in result.runs)
        grown = tuple(each.model_copy(update=named) for each in result.grown)
        return result.model_copy(update={"runs": runs, "grown": grown})

    def failed(self, part: Part, cause: str) -> SweepPartResult:
        """The runs of a part as failed ones."""
        asked = SweepPart.model_validate(part.body)
        first = Cell(asked.runs[0].distance_px, asked.runs[0].seed)
        canvas = list(self._canvas(self.source(asked.network), first))
        runs = tuple(
            RunResult(
                **run.model_dump(), key=part.key, steps=0, status="failed", cause=cause, canvas=canvas, seconds=0.0
            )
            for run in asked.runs
        )
        return SweepPartResult(runs=runs)

    def refuse_untrainable(self) -> None:
        """Build every network on the canvas of its largest distance, so that what cannot be trained is said at once.

        Raises:
            BadInput: a network cannot be built or trained.
        """
        options = self.options
        for source in self.sources:
            farthest = self.distances(source)[-1]
            source.network.trainee(self._canvas(source, Cell(farthest, options.first_seed)), options.training.batch)


def _with_one_map(grown: Sequence[Grown]) -> tuple[Grown, ...]:
    """With the maps of the farthest run that learnt, or else of the farthest, of every network."""
    best: dict[str, Grown] = {}
    for each in grown:
        if each.maps is not None:
            best[each.network] = max(best.get(each.network, each), each, key=_worth_showing)
    return tuple(each if best.get(each.network) is each else each.model_copy(update={"maps": None}) for each in grown)


def _worth_showing(grown: Grown) -> tuple[bool, int, int]:
    return (grown.accuracy or 0) > LEARNT, grown.distance_px, -grown.seed
