"""A graph as a torch module: a small interpreter over the operators' lowerings."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rfengine import ops
from rfengine.graph import Array, Graph, Node
from rfengine.ops.dtypes import CARRIERS

# Called with the node, the value's name and the value; what it returns takes the value's place.
Watch = Callable[[Node, str, Tensor], Tensor]


class Program(torch.nn.Module):
    """Runs a graph. Its forward takes tensors by input name and gives the graph's outputs by name.

    Every value has the type that the graph says; `precision.in_precision` makes that one float type. Values are dropped
    after their last use, so without gradients the peak memory is that of the widest cut.
    """

    def __init__(self, graph: Graph, *, device: str = "cpu") -> None:
        super().__init__()
        self.graph = graph
        self._inner = torch.nn.ModuleDict()
        self._kernels = [self._lowered(node, str(index), device) for index, node in enumerate(graph.nodes)]
        used = {name for node in graph.nodes for name in node.inputs} | set(graph.outputs)
        self._buffers_of: dict[str, str] = {}
        for index, (name, array) in enumerate((n, a) for n, a in graph.constants.items() if n in used):
            self._buffers_of[name] = f"constant_{index}"
            self.register_buffer(f"constant_{index}", tensor_of(array, device=device))
        self._last_use = _last_uses(graph)

    @property
    def buffers_of(self) -> Mapping[str, str]:
        """The buffer that holds each constant, by the constant's name: what `functional_call` replaces."""
        return self._buffers_of

    def _lowered(self, node: Node, place: str, device: str) -> Any:
        """The kernel of a node; the networks inside it become programs of their own."""
        bodies = {name: Program(body, device=device) for name, body in node.bodies.items()}
        if bodies:
            self._inner[place] = torch.nn.ModuleDict(bodies)
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=self.graph.opset)
        return operator.lower(ops.Call.of(node, self.graph, bodies))

    def forward(self, inputs: Mapping[str, Tensor], watch: Watch | None = None) -> dict[str, Tensor]:
        """The graph's outputs for the given inputs; `watch` sees every value as it is made and may replace it."""
        values: dict[str, Any] = {name: self.get_buffer(buffer) for name, buffer in self._buffers_of.items()}
        values |= {name: tensor for name, tensor in inputs.items() if name in self.graph.inputs}
        for index, (node, kernel) in enumerate(zip(self.graph.nodes, self._kernels, strict=True)):
            result = kernel(*(values[name] if name else None for name in node.inputs))
            made = zip(node.outputs, result if isinstance(result, tuple) else (result,), strict=False)
            values.update(made if watch is None else ((name, watch(node, name, value)) for name, value in made if name))
            for name in self._last_use[index]:
                del values[name]
        return {name: values[name] for name in self.graph.outputs}


def tensor_of(array: Array, *, device: str = "cpu") -> Tensor:
    """An array as a tensor of the same type.

    A fill (zero strides) is laid out in full: torch's matrix kernels round differently on strided operands, and after
    a softmax over large logits that is the difference between equal classes and one winner.
    """
    carrier = CARRIERS.get(array.dtype.name)
    if carrier is not None:
        return torch.from_numpy(array.astype(carrier)).to(device)
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.astype(np.float32)).to(device, torch.bfloat16)
    # The file's arrays are read-only, and torch has no such notion: they are copied. What a rewrite made is not.
    shared = array.flags.writeable and array.flags.c_contiguous
    return torch.from_numpy(array if shared else np.array(array, order="C")).to(device)


def _last_uses(graph: Graph) -> list[list[str]]:
    """Per node, the values that nobody needs after it."""
    last: dict[str, int] = {}
    for index, node in enumerate(graph.nodes):
        last |= {name: index for name in (*node.inputs, *node.outputs) if name}
    kept = set(graph.outputs)
    found: list[list[str]] = [[] for _ in graph.nodes]
    for name, index in last.items():
        if name not in kept:
            found[index].append(name)
    return found
