"""gradient (Luo et al. 2016, https://arxiv.org/abs/1701.04128): |d y_unit / d x|, averaged over input images and draws.

Absolute values or squares are taken before averaging, because signed maps cancel. The map is an amplitude: mean |g|
(`abs`) or the root of the mean square (`rms`), each summed over the image's channels first.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from math import prod
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from api_schemas.erf import GradientOptions
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators import inputs
from rfengine.estimators.diagnosis import explain
from rfengine.estimators.erf import ErfMap, Subject, Unit, check_support, zero_inputs
from rfengine.estimators.narrowing import narrowed
from rfengine.estimators.stacks import Stack, Stacking, View
from rfengine.graph import Array, Graph, Shape

if TYPE_CHECKING:
    from torch import Tensor

    from rfengine.runtime.program import Program, Watch

_T = TypeVar("_T")


def gradient(subject: Subject, units: Sequence[Unit], options: GradientOptions) -> list[ErfMap]:
    """The gradient maps of some units of one target.

    A unit's value is the sum over its channels, unless the options say otherwise.

    Raises:
        BadInput: a channel that the target does not have, a device that is not there, or images that do not fit.
        NotEstimable: a gradient is zero or not finite, or the policy has no answer; the message says what has one.
        SelfCheckFailed: a map reaches outside the theoretical field.
    """
    run = _Run(subject, units, options)
    totals = run.totals()
    found = []
    for unit, (stack, view) in run.placed():
        erf = run.finished(unit, stack, view, totals[unit.index])
        if not np.isfinite(erf.values).all() or not erf.values.any():
            raise run.explained(erf, stack, view)
        if erf.support_checked:
            check_support(erf, options.dtype)
        found.append(erf)
    return found


@dataclass(frozen=True)
class _Inputs:
    """What one run takes: images, cut to parts, and lists of views, each with one view per image to differentiate."""

    images: "list[Tensor]"
    views: list[list[View]]


class _Run:
    """All runs for the units of one target."""

    def __init__(self, subject: Subject, units: Sequence[Unit], options: GradientOptions) -> None:
        from rfengine.runtime.device import memory_for_values, resolve
        from rfengine.runtime.policies import with_policy

        self.subject, self.units, self.options = subject, units, options
        self.source, self.target = units[0].source, units[0].target
        self.images = inputs.count(options, subject.images)
        shape = subject.fields.graph.shape(self.source)
        if options.inputs == "given" and subject.images is not None:
            inputs.check_given(subject.images, self.source, shape)
        self.image_shape = shape[1:]
        self.channels = _channels(subject, units[0], options)
        self.device = resolve(options.device)
        structure = options.policy.model_copy(update={"weights": "model"})
        self.stacking = Stacking(
            subject,
            units,
            lambda graph: with_policy(graph, structure, seed=0),
            images=self.images,
            room=memory_for_values(self.device),
            width=np.dtype(options.dtype).itemsize,
            crop=options.crop == "auto",
        )
        self.stacks = self.stacking.plan()

    def network(self, stack: Stack, dtype: str, draw: int = 0) -> Graph:
        """A stack's network as it runs: under the policy, with the weights of one draw, narrowed, in one precision."""
        from rfengine.runtime.fusion import with_norms_folded
        from rfengine.runtime.policies import with_policy
        from rfengine.runtime.precision import in_precision

        weights = self.options.policy.weights
        seed = draw if weights == "model" else weights.seed + draw
        graph = with_policy(stack.graph, self.options.policy, seed=seed)
        return with_norms_folded(in_precision(narrowed(graph, stack.needed), dtype))

    def placed(self) -> list[tuple[Unit, tuple[Stack, View]]]:
        """Every unit in the caller's order, with the stack and the view it is in."""
        found = {view.unit.index: (stack, view) for stack in self.stacks for view in stack.views}
        return [(unit, found[unit.index]) for unit in self.units]

    def totals(self) -> dict[Shape, Array]:
        """Per unit the mean of |g| or of g squared over images, draws and channels, on the whole image."""
        from rfengine.runtime.program import Program

        canvas = self.stacking.cone.canvas
        sums = {unit.index: np.zeros(canvas) for unit in self.units}
        counts = dict.fromkeys(sums, 0)
        for draw in range(self.options.draws):
            for stack in self.stacks:
                program = Program(self.network(stack, self.options.dtype, draw), device=self.device)
                for run in self._runs(stack, draw):
                    for view, plane in self._planes(program, stack, run):
                        sums[view.unit.index][view.part.slices] += plane
                        counts[view.unit.index] += 1
        return {index: total / counts[index] for index, total in sums.items()}

    def _runs(self, stack: Stack, draw: int) -> "Iterator[_Inputs]":
        """What each run takes. Units that see one part share its images; else every image is for a unit of its own."""
        parts = dict.fromkeys(view.part for view in stack.views)
        images = inputs.pictures(self.options, self.image_shape, self.subject.images, draw=draw)
        if stack.separate and len(parts) > 1:
            pairs = ((image[:, *view.part.slices], view) for image in images for view in stack.views)
            for run in _lists(pairs, stack.batch):
                yield _Inputs([image for image, _ in run], [[view for _, view in run]])
            return
        for together in _lists(images, stack.batch):
            # Images that meet in the network have to be as many as it was imported for.
            full = together if stack.separate else list(islice(cycle(together), stack.batch))
            for part in parts:
                views = [view for view in stack.views if view.part == part]
                yield _Inputs([image[:, *part.slices] for image in full], [[view] * len(full) for view in views])

    def _planes(
        self, program: "Program", stack: Stack, run: "_Inputs", watch: "Watch | None" = None
    ) -> "Iterator[tuple[View, Array]]":
        """|g| or g squared of every image and its view, summed over the image's channels, averaged over the unit's."""
        import torch

        parts = run.images + [run.images[-1]] * (stack.batch - len(run.images))
        dtype = getattr(torch, program.graph.values[self.target].dtype.name)
        image = torch.stack(parts).to(self.device, dtype).requires_grad_()
        values = {name: torch.from_numpy(array).to(self.device) for name, array in zero_inputs(program.graph).items()}
        out = program({**values, self.source: image}, watch)[self.target]
        sums = [(views, self._sums(out, stack, views)) for views in run.views]
        last = sums[-1][1][-1]
        for views, of_views in sums:
            total = torch.zeros((stack.batch, *image.shape[2:]), dtype=torch.float64, device=self.device)
            for value in of_views:
                (g,) = torch.autograd.grad(value, image, retain_graph=value is not last)
                total += (g.double().abs() if self.options.reduction == "abs" else g.double().square()).sum(1)
            yield from zip(views, (total / len(of_views)).cpu().numpy(), strict=False)

    def _sums(self, out: "Tensor", stack: Stack, views: "Sequence[View]") -> "list[Tensor]":
        """What is differentiated: the sum of the unit's channels, or each of them, over all images of the run."""
        import torch

        places = self.subject.fields.places(self.target, self.source)
        rows = []
        for element, view in enumerate(views):
            at: list[Any] = [slice(None)] * out.ndim
            for place, i in zip(places, view.index, strict=True):
                at[place] = i
            if stack.axis is None:
                rows = [out[tuple(at)].reshape(-1)]
                break
            at[stack.axis] = element
            rows.append(out[tuple(at)].reshape(-1))
        channels = torch.stack(rows).sum(0)
        if self.options.unit_channels == "each":
            return list(channels)
        return [channels.sum() if self.channels is None else channels[list(self.channels)].sum()]

    def explained(self, erf: ErfMap, stack: Stack, view: View) -> NotEstimable:
        """Why a map is zero or not finite, from one image run once more."""
        from rfengine.runtime.program import Program

        first = next(run for run in self._runs(stack, 0) if any(view in views for views in run.views))

        def run_in(dtype: str, watch: "Watch | None" = None) -> Array:
            program = Program(self.network(stack, dtype), device=self.device)
            return next(plane for seen, plane in self._planes(program, stack, first, watch) if seen is view)

        # A narrowed network has nothing in it but what its units see.
        is_whole = view.refusal and not stack.needed
        seen = self.stacking.cone.needed(self.stacking.base, view.part, erf.unit) if is_whole else {}
        return explain(erf, self.network(stack, self.options.dtype), self.options, run_in, seen)

    def finished(self, unit: Unit, stack: Stack, view: View, mean: Array) -> ErfMap:
        """The map of a unit, with all that it was computed by."""
        options = self.options
        local = self.stacking.local
        policy: dict[str, Any] = {
            **options.policy.model_dump(mode="json"),
            "dtype": options.dtype,
            "device": self.device,
            "reduction": options.reduction,
            "unit_channels": options.unit_channels if self.channels is None else list(self.channels),
            "draws": options.draws,
            "crop": f"none: {view.refusal}" if view.refusal else view.part.intervals,
            "batch": f"{stack.batch}: {stack.refusal}" if stack.refusal else stack.batch,
        }
        values = np.sqrt(mean) if options.reduction == "rms" else mean
        return ErfMap(unit, values, inputs.described(options, self.images), policy, support_checked=local)


def _lists(elements: Iterable[_T], length: int) -> Iterator[list[_T]]:
    """The elements in lists of a length; the last may be shorter."""
    remaining = iter(elements)
    while run := list(islice(remaining, length)):
        yield run


def _channels(subject: Subject, unit: Unit, options: GradientOptions) -> tuple[int, ...] | None:
    """The channels that are listed, if any are."""
    if isinstance(options.unit_channels, str):
        return None
    places = subject.fields.places(unit.target, unit.source)
    shape = subject.fields.graph.shape(unit.target)
    count = prod(n for axis, n in enumerate(shape) if axis not in (0, *places))
    wrong = [channel for channel in options.unit_channels if channel >= count]
    if wrong or not options.unit_channels:
        said = f"channel {wrong[0]}" if wrong else "an empty list"
        raise BadInput(f"unit_channels: {said}, but '{unit.target}' has {count} channels; allowed: 0 ... {count - 1}")
    return options.unit_channels
