"""Pictures with their labels, and the split into those to learn from and those held out."""

from dataclasses import dataclass
from itertools import accumulate

import torch
from torch import Tensor

from rfengine.datasets.noise import keys, uniform
from rfengine.errors import BadInput

# Label of a pixel that counts nowhere, as torch's cross-entropy takes it.
IGNORED = -100
# A number of its own for the draw that splits.
_SPLIT = 7001


@dataclass(frozen=True, eq=False)
class Examples:
    """`images` [n, C, H, W], float32; `labels` int64, [n] or per pixel [n, H, W]; `names` of the classes, in order."""

    images: Tensor
    labels: Tensor
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def dense(self) -> bool:
        """Whether every pixel has a class."""
        return self.labels.dim() > 1

    @property
    def classes(self) -> int:
        """How many there are."""
        return len(self.names)

    def taken(self, places: Tensor) -> "Examples":
        """Some of them."""
        return Examples(self.images[places], self.labels[places], self.names)

    def split(self, held_out: float, *, seed: int) -> "tuple[Examples, Examples]":
        """Those to learn from and those held out, at random; of classes that pictures have, the share of each.

        Raises:
            BadInput: one of both would be empty.
        """
        order = torch.argsort(uniform(keys([seed, _SPLIT]), len(self)), stable=True)
        own = self.labels[order] if not self.dense else torch.zeros_like(order)
        groups = [order[own == label] for label in range(self.classes)]
        held = torch.zeros(len(self), dtype=torch.bool)
        ends = [round(held_out * end) for end in accumulate(map(len, groups))]
        for group, start, end in zip(groups, [0, *ends], ends, strict=False):
            held[group[: end - start]] = True
        # In the order of the draw, so that a batch of either has all classes: its statistics are those of the whole.
        apart, kept = order[held[order]], order[~held[order]]
        if not len(apart) or not len(kept):
            raise BadInput(
                f"held_out: {held_out:g} of {len(self)} pictures leaves {len(kept)} to learn from and {len(apart)} "
                "held out; give more examples or another share"
            )
        return self.taken(kept), self.taken(apart)
