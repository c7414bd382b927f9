"""Blocks of parallel branches, as the Inception networks have them, as data.

A branch is a chain of steps from the block's input; a block joins its branches along the channels. A step that is a
tuple of steps forks: each of them reads what came before it, and all of them end the branch.
"""

from dataclasses import dataclass
from typing import Literal

from api_schemas.zoo.draft import Draft, Kernel, Padding


@dataclass(frozen=True)
class Step:
    """A convolution into `channels` maps, or a pooling."""

    kind: Literal["conv", "max_pool", "avg_pool"]
    kernel: Kernel
    channels: int = 0
    stride: int = 1
    padding: Padding = "same"


Fork = tuple[Step, ...]
Branch = tuple[Step | Fork, ...]
Block = tuple[Branch, ...]


def conv(kernel: Kernel, channels: int, stride: int = 1, padding: Padding = "same") -> Step:
    """A convolution with norm and activation."""
    return Step("conv", kernel, channels, stride, padding)


def reducing(channels: int, padding: Padding) -> Step:
    """The 3x3 convolution of stride 2 that ends a branch of a reduction."""
    return conv(3, channels, 2, padding)


def pooling(padding: Padding) -> Step:
    """The 3x3 maximum of stride 2 beside it."""
    return Step("max_pool", 3, stride=2, padding=padding)


AVERAGE = Step("avg_pool", 3)  # padding does not count in the mean
MAXIMUM = Step("max_pool", 3)


def add_block(draft: Draft, name: str, source: str, block: Block) -> str:
    """The block's branches, then their concatenation under the block's name."""
    ends = [
        end for number, branch in enumerate(block) for end in _branch(draft, f"{name}/branch_{number}", source, branch)
    ]
    return draft.add("concat", name, *ends)


def _branch(draft: Draft, name: str, source: str, branch: Branch) -> list[str]:
    values = [source]
    for number, step in enumerate(branch):
        if isinstance(step, Step):
            values = [add_step(draft, f"{name}/{number}", values[0], step)]
        else:
            values = [add_step(draft, f"{name}/{number}_{i}", values[0], each) for i, each in enumerate(step)]
    return values


def add_step(draft: Draft, name: str, source: str, step: Step) -> str:
    """One step by itself."""
    if step.kind == "conv":
        return draft.unit(name, source, step.channels, step.kernel, step.stride, step.padding)
    return draft.add(step.kind, name, source, kernel=step.kernel, stride=step.stride, padding=step.padding)
