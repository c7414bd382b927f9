"""Accuracies from counts of answers, and the epochs that a fixed accuracy takes."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Accuracy:
    """`mean`: over the classes that occur, the share of their pictures (or pixels) with the right answer.

    `iou`: over the same classes, right answers over all pixels of the class or answered with it.
    """

    mean: float
    iou: float


def counted(labels: Tensor, answers: Tensor, classes: int) -> Tensor:
    """How often each class [row] got each answer [column]: [classes, classes]; negative labels count nowhere."""
    counts = labels >= 0
    return torch.bincount(labels[counts] * classes + answers[counts], minlength=classes**2).reshape(classes, classes)


def accuracy(counts: Tensor) -> Accuracy:
    """The accuracy of counted answers; of no answers at all NaN."""
    right, labelled, answered = counts.diagonal().double(), counts.sum(1).double(), counts.sum(0).double()
    there = labelled > 0
    share = (right / labelled)[there]
    iou = (right / (labelled + answered - right))[there]
    return Accuracy(float(share.mean()), float(iou.mean()))


def epochs_to(accuracies: Sequence[float], reach: float) -> int | None:
    """The first epoch after which the accuracy is at least `reach`; None if never. `accuracies[0]` is before any."""
    return next((epoch for epoch, found in enumerate(accuracies) if found >= reach), None)
