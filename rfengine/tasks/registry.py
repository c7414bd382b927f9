"""The registry of supervised tasks, keyed by the class of their parameters."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from api_schemas.tasks import AnyTask
from rfengine.datasets.noise import keys, uniform
from rfengine.graph import Shape
from rfengine.tasks.examples import Examples

# So many pixels are drawn at once.
DRAWN_AT_ONCE = 1 << 22
_PICTURE, _NOISE = 7002, 7003

# Task, shape of one picture [C, H, W], how many, and a seed, to the examples.
Source = Callable[[Any, Shape, int, int], Examples]
# Task, size [H, W], numbers of the pictures [n], and numbers in [0, 1) for each of them [n, k], to ink [n, H, W] and
# labels. What a picture shows depends on its own number and numbers alone.
Draw = Callable[[Any, tuple[int, int], Tensor, Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Task:
    """One task: the class of its parameters, and its examples."""

    model: type[AnyTask]
    source: Source

    @property
    def name(self) -> str:
        """What studies call it."""
        return str(self.model.model_fields["name"].default)


_BY_MODEL: dict[type[AnyTask], Task] = {}


def register(task: Task) -> Task:
    """Add a task.

    Raises:
        ValueError: its class or its name is registered already.
    """
    if task.model in _BY_MODEL or task.name in {known.name for known in tasks()}:
        raise ValueError(f"task '{task.name}' is registered twice")
    _BY_MODEL[task.model] = task
    return task


def tasks() -> tuple[Task, ...]:
    """Every registered task, by name."""
    return tuple(sorted(_BY_MODEL.values(), key=lambda task: task.name))


def examples_of(task: AnyTask, shape: Shape, count: int, *, seed: int) -> Examples:
    """The pictures of a task with their labels.

    Args:
        task: which one.
        shape: of one picture, [C, H, W].
        count: how many; of a folder, at most.
        seed: of what is drawn, or of the choice from a folder.

    Raises:
        BadInput: pictures so small cannot show it, or the folder is not as it should be.
    """
    return _BY_MODEL[type(task)].source(task, shape, count, seed)


def drawn(draw: Draw, names: Callable[[Any], tuple[str, ...]], numbers: Callable[[Any], int]) -> Source:
    """The source of a task whose pictures are drawn: ink of 1 on paper of 0, and noise; channels are equal.

    Args:
        draw: see `Draw`.
        names: of the classes, by the task.
        numbers: how many each picture takes, by the task.
    """

    def source(task: Any, shape: Shape, count: int, seed: int) -> Examples:
        channels, height, width = shape
        images, labels = [], []
        for chunk in torch.split(torch.arange(count), max(1, DRAWN_AT_ONCE // (height * width))):
            ink, label = draw(task, (height, width), chunk, uniform(keys([seed, _PICTURE, chunk]), numbers(task)))
            noise = uniform(keys([seed, _NOISE, chunk]), height * width).reshape(ink.shape)
            images.append(ink + task.noise * (2 * noise - 1))
            labels.append(label)
        grey = torch.cat(images)[:, None]
        return Examples(grey.expand(-1, channels, -1, -1).contiguous(), torch.cat(labels), names(task))

    return source
