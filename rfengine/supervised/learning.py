"""A training: cross-entropy, epochs in an order of their own, the accuracy on held-out pictures after each.

    loss = mean over the batch (and its pixels) of -log softmax(scores)[label]

Pictures that do not fill a last batch wait for another epoch's order.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from api_schemas.trained import TrainedOptions
from rfengine.datasets.noise import keys, uniform
from rfengine.errors import BadInput, NotEstimable
from rfengine.graph import Array
from rfengine.supervised.accuracy import Accuracy, accuracy, counted
from rfengine.supervised.pupil import Pupil
from rfengine.supervised.scorer import Scorer
from rfengine.tasks import IGNORED, Examples

_ORDER = 7005

# Called before the first epoch and after each, with its number and the values then, float32.
Look = Callable[[int, Mapping[str, Array]], None]


@dataclass(frozen=True)
class Learnt:
    """Accuracies on held-out pictures before training and after each epoch; mean losses of each epoch."""

    accuracies: tuple[Accuracy, ...]
    losses: tuple[float, ...]


def learn(
    pupil: Pupil, learning: Examples, held: Examples, options: TrainedOptions, *, device: str, look: Look
) -> Learnt:
    """Train a pupil.

    Args:
        pupil: imported for a batch of the options' size.
        learning: what it learns from.
        held: what its accuracy is measured on.
        options: how; the seed is that of the order and of the head.
        device: 'cpu' or 'cuda'.
        look: sees the values before the first epoch and after each.

    Raises:
        BadInput: there are fewer pictures to learn from than fill a batch.
        NotEstimable: the loss was not finite; the message says at which step.
    """
    if len(learning) < options.batch:
        raise BadInput(
            f"batch: {options.batch} pictures, but there are {len(learning)} to learn from; lower batch or give more "
            "examples"
        )
    training = _Training(pupil, learning, held, options, device)
    accuracies, losses = [training.measured()], []
    look(0, training.values())
    for epoch in range(1, options.epochs + 1):
        losses.append(training.epoch(epoch))
        accuracies.append(training.measured())
        look(epoch, training.values())
    return Learnt(tuple(accuracies), tuple(losses))


class _Training:
    """The parameters, the optimiser and the pictures of one training."""

    def __init__(self, pupil: Pupil, learning: Examples, held: Examples, options: TrainedOptions, device: str) -> None:
        self.pupil, self.options, self.step = pupil, options, 0
        self._dtype = getattr(torch, options.dtype)
        self._scorer = Scorer(pupil, dtype=options.dtype, device=device)
        initial = pupil.initial(options.seed)
        self._parameters = {
            name: torch.tensor(values, dtype=self._dtype, device=device, requires_grad=True)
            for name, values in initial.items()
        }
        self._optimiser = _optimiser(list(self._parameters.values()), options)
        self._learning, self._held = (self._there(each, device) for each in (learning, held))

    def values(self) -> dict[str, Array]:
        """The parameters as they are now."""
        return {name: values.detach().float().cpu().numpy().copy() for name, values in self._parameters.items()}

    def epoch(self, number: int) -> float:
        """Train for an epoch; its mean loss."""
        total, count = 0.0, len(self._learning) // self.options.batch
        order = torch.argsort(uniform(keys([self.options.seed, _ORDER, number]), len(self._learning)), stable=True)
        for places in torch.split(order, self.options.batch)[:count]:
            self.step += 1
            batch = self._learning.taken(places)
            self._optimiser.zero_grad(set_to_none=True)
            loss = F.cross_entropy(self._scores(batch.images), batch.labels, ignore_index=IGNORED)
            if not torch.isfinite(loss):
                raise NotEstimable(
                    f"training: the loss is not finite at step {self.step} (epoch {number}); lower learning_rate, "
                    f"{self.options.learning_rate:g}, or give the network normalisations"
                )
            torch.autograd.backward(loss)
            self._optimiser.step()
            total += float(loss.detach())
        return total / count

    def measured(self) -> Accuracy:
        """The accuracy on what is held out."""
        counts = torch.zeros(self.pupil.classes, self.pupil.classes, dtype=torch.int64)
        with torch.no_grad():
            for places, batch in self._batches():
                answers = self._scores(batch.images)[: len(places)].argmax(1)
                counts += counted(batch.labels[: len(places)], answers, self.pupil.classes).cpu()
        return accuracy(counts)

    def _batches(self) -> Iterator[tuple[Tensor, Examples]]:
        """What is held out, in batches; the last one is filled up from the start again."""
        count = len(self._held)
        for places in torch.split(torch.arange(count), self.options.batch):
            more = torch.arange(self.options.batch - len(places)) % count
            yield places, self._held.taken(torch.cat([places, more]))

    def _scores(self, images: Tensor) -> Tensor:
        return self._scorer(self._parameters, images)

    def _there(self, examples: Examples, device: str) -> Examples:
        images = examples.images.to(device, self._dtype)
        if device == "cpu":
            # oneDNN's convolutions of few channels take less time on channels that lie side by side.
            images = images.contiguous(memory_format=torch.channels_last)
        return Examples(images, examples.labels.to(device), examples.names)


def _optimiser(parameters: list[Tensor], options: TrainedOptions) -> torch.optim.Optimizer:
    if options.optimiser == "adam":
        return torch.optim.Adam(parameters, lr=options.learning_rate)
    return torch.optim.SGD(parameters, lr=options.learning_rate, momentum=options.momentum)
