"""Maps of a linear network: one backward pass a unit, with equal channels collapsed into one where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rfengine import ops
from rfengine.estimators.analytic import Fields
from rfengine.estimators.erf import Unit
from rfengine.graph import Array, Graph, Shape
from rfengine.ops.resize import coefficients
from rfengine.runtime.adjoint import Adjoint
from rfengine.runtime.collapse import CannotCollapse, collapsed
from rfengine.runtime.factored import factored
from rfengine.runtime.precision import in_precision
from rfengine.runtime.rewriting import number_of

if TYPE_CHECKING:
    from torch import Tensor

    from rfengine.runtime.program import Program


@dataclass(frozen=True)
class Runnable:
    """A network ready to run on small tensors or on full ones.

    `value`: the target's name in the graph, or what the target is read off. `weights`: what each of its channels counts
    in the sum over the full tensor's; None where it is the full one. `readout`: per spatial axis the matrix [unit,
    place] by which the target is read off the value, None where it is the value's own axis. `how`: what the report says
    of it. `adjoint`: the network backwards, where it is a small linear one.
    """

    graph: Graph
    device: str
    value: str
    weights: Array | None
    how: str
    readout: tuple[Array | None, ...] = ()
    adjoint: Adjoint | None = None

    @cached_property
    def program(self) -> "Program":
        """The network forwards."""
        from rfengine.runtime.program import Program

        return Program(self.graph, device=self.device)

    def image(self, source: str) -> "Tensor":
        """Zeros in the shape of its image input."""
        import torch

        graph = self.graph
        dtype = torch.float32 if graph.values[source].dtype == np.float32 else torch.float64
        return torch.zeros(graph.shape(source), dtype=dtype, device=self.device)

    def run(self, source: str, image: "Tensor") -> "Tensor":
        """The value for an image; other inputs are zero."""
        import torch

        graph = self.graph
        others = {
            name: torch.zeros(graph.shape(name), dtype=image.dtype, device=image.device)
            for name in graph.inputs
            if name != source
        }
        values: dict[str, Tensor] = self.program({**others, source: image})
        return values[self.value]

    def summed(self, value: "Tensor", places: Sequence[int]) -> "Tensor":
        """The target summed over everything that is not spatial: its spatial axes, in the order of the image's."""
        import torch

        if self.weights is None:
            rest = [axis for axis in range(value.dim()) if axis not in places]
            return value.permute(*rest, *places).flatten(0, max(len(rest) - 1, 0)).sum(0)
        plane: Tensor = torch.tensordot(torch.as_tensor(self.weights).to(value), value[0], dims=([0], [0]))
        for axis, matrix in enumerate(self.readout):
            if matrix is not None:
                plane = torch.tensordot(torch.as_tensor(matrix).to(plane), plane, dims=([1], [axis])).movedim(0, axis)
        return plane

    def selecting(self, value: "Tensor", index: Sequence[int], places: Sequence[int]) -> "Tensor":
        """What the value is multiplied by, element by element, to give the sum over one unit of the target."""
        import torch

        seed = torch.zeros_like(value)
        if self.weights is None:
            where = dict(zip(places, index, strict=True))
            seed[tuple(where.get(axis, slice(None)) for axis in range(value.dim()))] = 1
            return seed
        product = self.weights.astype(np.float64)
        for axis, i in enumerate(index):
            matrix = self.readout[axis] if self.readout else None
            row = np.eye(1, value.shape[2 + axis], i)[0] if matrix is None else matrix[i]
            product = np.multiply.outer(product, row)
        return torch.as_tensor(product[None]).to(value)


def runnable(graph: Graph, target: str, *, dtype: str, device: str, collapse: bool, linear: bool = True) -> Runnable:
    """The network of one target, collapsed where it is asked for and can be."""
    graph, how = in_precision(graph, dtype), "none: not asked for"
    if collapse:
        try:
            small = collapsed(graph)
        except CannotCollapse as error:
            how = f"none: {error}"
        else:
            found = small.tensors[target]
            weights = found.multiplicity(small.graph.shape(found.value)[1])
            cut, number, readout = _before_interpolation(factored(small.graph), found.value)
            how = f"{_channels(small.graph):,} of {_channels(graph):,} channels"
            single = all(len(node.outputs) == 1 for node in cut.nodes)
            adjoint = Adjoint(cut, device=device) if linear and single else None
            return Runnable(cut, device, cut.outputs[0], weights * number, how, readout, adjoint)
    return Runnable(graph, device, target, None, how)


def _before_interpolation(graph: Graph, value: str) -> tuple[Graph, float, tuple[Array | None, ...]]:
    """The network without the interpolation that it ends in, and what stands for it: a number, a matrix per axis.

    One unit reads a few places of what is interpolated, so that the interpolated map need not be made at all.
    """
    number = 1.0
    readout: list[Array | None] = [None] * (len(graph.shape(value)) - 2)
    while (node := graph.producers.get(value)) is not None:
        if node.op in ("Resize", "Upsample"):
            _, _, *tables = coefficients(ops.Call.of(node, graph))
            readout = [_product(later, table) for later, table in zip(readout, tables, strict=True)]
        elif (factor := number_of(node, graph)) is not None:
            number *= factor
        else:
            break
        value = node.inputs[0]
    return graph.between_inputs_and((value,)), number, tuple(readout)


def _product(later: Array | None, earlier: Array | None) -> Array | None:
    if later is None or earlier is None:
        return earlier if later is None else later
    product: Array = later @ earlier
    return product


def _channels(graph: Graph) -> int:
    """The channels of all tensors that are made."""
    shapes: list[Shape] = [graph.shape(name) for name in graph.producers]
    return sum(shape[1] for shape in shapes if len(shape) > 1)


def impulse_responses(network: Runnable, fields: Fields, units: Sequence[Unit]) -> list[Array]:
    """Per unit its response to an impulse at each pixel, summed over channels of the image and of the unit: float64."""
    import torch

    first = units[0]
    places = fields.places(first.target, first.source)
    image = network.image(first.source)
    if (adjoint := network.adjoint) is not None:
        value = torch.empty(adjoint.graph.shape(network.value), dtype=image.dtype, device=network.device)
        seeds = [network.selecting(value, unit.index, places) for unit in units]
        # A unit that nothing of the image reaches has no gradient by it.
        maps = [adjoint(seed).get(first.source, image) for seed in seeds]
    else:
        value = network.run(first.source, image.requires_grad_())
        seeds = [network.selecting(value, unit.index, places) for unit in units]
        maps = [torch.autograd.grad(value, image, seed, retain_graph=seed is not seeds[-1])[0] for seed in seeds]
    return [found.double().sum((0, 1)).cpu().numpy() for found in maps]
