"""Some runs of one network, trained together: independent losses and optimisers, one launch of every operator.

    loss of a run = mean over batch, maps and pixels of (map - target)^2,     Adam (Kingma and Ba 2015)

The sum of the losses is differentiated: a parameter of one run occurs in one loss, so its gradient is that run's alone.
Adam works element by element, so one optimiser over the stacked parameters is as many optimisers side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from api_schemas.datasets import AnyDataset
from api_schemas.sweep import Training
from rfengine.datasets.samples import Batch, Samples, spot, squared_distances
from rfengine.datasets.scene import Scene
from rfengine.graph import Array
from rfengine.training.cells import SOLVED, Cell
from rfengine.training.detector import Detector
from rfengine.training.network import Trainee

# Images are drawn for some steps at once: so many pixels of them.
DRAWN_AT_ONCE = 1 << 20

# Called after every step, when the state is whole; what it raises ends the training.
Pulse = Callable[[], None]


@dataclass
class Record:
    """How one run goes: what it is, its looks (step, accuracy), and its end."""

    cell: Cell
    looks: list[tuple[int, float]] = field(default_factory=list)
    loss: float | None = None
    steps: int = 0
    solved: bool = False
    cause: str | None = None
    final: dict[str, Array] | None = None

    def plain(self) -> dict[str, Any]:
        """As numbers, texts and tensors."""
        final = None if self.final is None else {name: torch.from_numpy(array) for name, array in self.final.items()}
        cell = (self.cell.distance, self.cell.seed)
        return {**vars(self), "cell": cell, "final": final}

    @classmethod
    def of_plain(cls, plain: dict[str, Any]) -> "Record":
        """A record from what `plain` gave."""
        final = None if plain["final"] is None else {name: each.numpy() for name, each in plain["final"].items()}
        looks = [(int(step), float(accuracy)) for step, accuracy in plain["looks"]]
        return cls(**{**plain, "cell": Cell(*plain["cell"]), "looks": looks, "final": final})

    @property
    def accuracy(self) -> float | None:
        """The last one; None where the run failed."""
        return self.looks[-1][1] if self.looks and self.cause is None else None


class Ensemble:
    """The runs that still train: their parameters, their optimiser, their images.

    `state` and `restore` save and take up the training between two steps.
    """

    def __init__(
        self,
        trainee: Trainee,
        dataset: AnyDataset,
        scene: Scene,
        cells: Sequence[Cell],
        training: Training,
        *,
        device: str,
    ) -> None:
        self.trainee, self.dataset, self.scene, self.training, self.device = trainee, dataset, scene, training, device
        self.records = [Record(cell) for cell in cells]
        self.active = list(range(len(cells)))
        self.step = 0
        self._dtype = getattr(torch, training.dtype)
        self.detector = Detector(trainee, dtype=training.dtype, device=device)
        initial = [trainee.initial(cell.seed) for cell in cells]
        stacked = {name: np.stack([values[name] for values in initial]) for name in initial[0]}
        self._begin({name: torch.from_numpy(values).to(device, self._dtype) for name, values in stacked.items()})
        self._spot = spot(scene, training.spot_size, device=device, dtype=self._dtype)
        disc = squared_distances(scene, device=device) <= training.measure_radius**2
        self._disc = (disc / disc.sum()).to(self._dtype)

    def train(self, pulse: Pulse = lambda: None) -> list[Record]:
        """Train until every run has ended; `pulse` is called after every step."""
        training = self.training
        while self.active:
            until = min(training.steps, (self.step // training.evaluate_every + 1) * training.evaluate_every)
            self._look(self.advance(until, pulse))
            pulse()
        return self.records

    def outputs(self, images: Tensor) -> Tensor:
        """Maps [runs, batch, 2, H, W] of the runs that still train, without gradients."""
        with torch.no_grad():
            return self.detector(self._parameters, images)

    def _begin(self, parameters: dict[str, Tensor]) -> None:
        self._parameters = {name: values.contiguous().requires_grad_() for name, values in parameters.items()}
        # One kernel for all tensors: a net has many small ones, and a kernel for each took as long as its convolutions.
        self._optimiser = torch.optim.Adam(self._parameters.values(), lr=self.training.learning_rate, fused=True)
        self._failed_at = torch.full((len(self.active),), -1, device=self.device)

    def advance(self, until: int, pulse: Pulse = lambda: None) -> Tensor:
        """Train to a step; the last losses [runs]. At that step itself the pulse is due after the look."""
        losses = torch.full((len(self.active),), float("nan"), device=self.device)
        for images, targets in self._batches(until):
            self._optimiser.zero_grad(set_to_none=True)
            losses = (self.detector(self._parameters, images) - targets).square().mean(dim=(1, 2, 3, 4))
            torch.autograd.backward(losses.sum())
            self._optimiser.step()
            self.step += 1
            # Kept on the device: asking after every step would make a GPU wait.
            fresh = ~torch.isfinite(losses.detach()) & (self._failed_at < 0)
            self._failed_at = torch.where(fresh, self.step, self._failed_at)
            if self.step < until:
                pulse()
        return losses.detach()

    def _batches(self, until: int) -> Iterator[tuple[Tensor, Tensor]]:
        training = self.training
        pixels = len(self.active) * training.batch * self.scene.height * self.scene.width
        at_once = max(1, min(DRAWN_AT_ONCE // pixels, until - self.step))
        steps = iter(range(self.step, until))
        samples = self._samples()
        while chunk := list(islice(steps, at_once)):
            drawn = samples.draw("training", chunk, training.batch)
            yield from zip(drawn.images, self._targets(drawn), strict=True)

    def _samples(self) -> Samples:
        cells = [self.records[index].cell for index in self.active]
        return Samples(
            self.dataset,
            self.scene,
            [cell.distance for cell in cells],
            [cell.seed for cell in cells],
            device=self.device,
            dtype=self._dtype,
        )

    def _targets(self, drawn: Batch) -> Tensor:
        """The spot on the letter's own map, nothing on the other: [steps, runs, batch, 2, H, W]."""
        own = torch.stack([~drawn.marked, drawn.marked], dim=-1)
        return own[..., None, None] * self._spot

    def _look(self, losses: Tensor) -> None:
        """Measure the accuracies, end what has ended, and go on with the rest."""
        accuracies = self._accuracies()
        failed = self._failed_at.tolist()
        going = []
        for place, index in enumerate(self.active):
            record = self.records[index]
            record.looks.append((self.step, accuracies[place]))
            record.steps = self.step
            record.loss = float(losses[place]) if torch.isfinite(losses[place]) else None
            if failed[place] >= 0:
                record.steps = failed[place]
                record.cause = f"the loss was not finite at step {failed[place]}"
            record.solved = self.training.stop_when_solved and _twice(record.looks)
            if record.cause or record.solved or self.step >= self.training.steps:
                record.final = {n: v[place].detach().cpu().numpy() for n, v in self._parameters.items()}
            else:
                going.append(place)
        if len(going) < len(self.active):
            self._keep(going)

    def _accuracies(self) -> list[float]:
        """Share of right answers of every run on fresh images: ё unless the mean around the centre is higher on е's."""
        training, samples = self.training, self._samples()
        count = -(-training.evaluation_samples // training.batch)
        right = torch.zeros(len(self.active), dtype=torch.int64, device=self.device)
        # The looks ask for different images, so that none is learnt by luck.
        for step in range(count):
            drawn = samples.draw("evaluation", [self.step * count + step], training.batch)
            maps = self.outputs(drawn.images[0])
            means = (maps * self._disc).sum(dim=(-2, -1))
            answers = (means[..., 0] <= means[..., 1]) == drawn.marked[0]
            right += answers[:, : training.evaluation_samples - step * training.batch].sum(dim=-1)
        return [number / training.evaluation_samples for number in right.tolist()]

    def _keep(self, places: list[int]) -> None:
        """Go on with some of the runs: their parameters and Adam's moments."""
        self.active = [self.active[place] for place in places]
        if not places:
            return
        chosen = torch.tensor(places, device=self.device)
        failed = self._failed_at[chosen]
        moments = [
            {key: value[chosen] if value.dim() else value for key, value in self._optimiser.state[each].items()}
            for each in self._parameters.values()
        ]
        self._begin({name: values.detach()[chosen] for name, values in self._parameters.items()})
        self._failed_at = failed
        self._optimiser.state.update(zip(self._parameters.values(), moments, strict=True))

    def state(self) -> dict[str, Any]:
        """All that `restore` needs: numbers, texts and tensors, no objects of ours."""
        return {
            "step": self.step,
            "active": self.active,
            "records": [record.plain() for record in self.records],
            "parameters": {name: values.detach() for name, values in self._parameters.items()},
            "moments": [self._optimiser.state[each] for each in self._parameters.values()],
            "failed_at": self._failed_at,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Take the training up where `state` was asked for; what cannot be read changes nothing."""
        records = [Record.of_plain(each) for each in state["records"]]
        parameters = {name: state["parameters"][name].to(self.device) for name in self._parameters}
        moments = [{key: value.to(self.device) for key, value in each.items()} for each in state["moments"]]
        failed_at = state["failed_at"].to(self.device)
        self.step, self.active, self.records = int(state["step"]), list(state["active"]), records
        self._begin(parameters)
        self._failed_at = failed_at
        self._optimiser.state.update(zip(self._parameters.values(), moments, strict=True))


def _twice(looks: list[tuple[int, float]]) -> bool:
    return len(looks) > 1 and min(accuracy for _, accuracy in looks[-2:]) >= SOLVED
