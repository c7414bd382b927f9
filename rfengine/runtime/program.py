"""A graph as a torch module: a small interpreter over the operators' lowerings."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rfengine import ops
from rfengine.graph import Array, Graph


class Program(torch.nn.Module):
    """Runs a graph. Its forward takes tensors by input name and gives the graph's outputs by name.

    Floating-point constants take the given dtype, whole numbers keep theirs. Values are dropped after their last use,
    so without gradients the peak memory is that of the widest cut.
    """

    def __init__(self, graph: Graph, *, dtype: torch.dtype = torch.float32, device: str = "cpu") -> None:
        super().__init__()
        self.graph = graph
        self.dtype = dtype
        used = {name for node in graph.nodes for name in node.inputs} | set(graph.outputs)
        self._buffers_of: dict[str, str] = {}
        for index, (name, array) in enumerate((n, a) for n, a in graph.constants.items() if n in used):
            self._buffers_of[name] = f"constant_{index}"
            self.register_buffer(f"constant_{index}", tensor_of(array, dtype, device))
        self._kernels = [
            ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset).lower(
                ops.Call.of(node, graph)
            )
            for node in graph.nodes
        ]
        self._last_use = _last_uses(graph)

    def forward(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The graph's outputs for the given inputs."""
        values: dict[str, Any] = {name: self.get_buffer(buffer) for name, buffer in self._buffers_of.items()}
        values |= inputs
        for index, (node, kernel) in enumerate(zip(self.graph.nodes, self._kernels, strict=True)):
            result = kernel(*(values[name] if name else None for name in node.inputs))
            values.update(zip(node.outputs, result if isinstance(result, tuple) else (result,), strict=False))
            for name in self._last_use[index]:
                del values[name]
        return {name: values[name] for name in self.graph.outputs}


def tensor_of(array: Array, dtype: torch.dtype, device: str = "cpu") -> Tensor:
    """A constant as a tensor; a fill (zero strides) stays one element in memory."""
    floating = np.issubdtype(array.dtype, np.floating) or array.dtype.kind == "V"
    if array.size and not any(array.strides) and array.ndim:
        tensor = torch.as_tensor(array.reshape(-1)[:1].astype(np.float64 if floating else array.dtype))
        tensor = tensor.reshape((1,) * array.ndim).expand(array.shape)
        return tensor.to(device, dtype).expand(array.shape) if floating else tensor.to(device)
    # A copy, because the graph's arrays are read-only and torch has no such notion.
    source = array.astype(np.float32) if floating and array.dtype not in (np.float32, np.float64) else array.copy()
    tensor = torch.from_numpy(np.ascontiguousarray(source).reshape(array.shape))
    return tensor.to(device, dtype) if floating else tensor.to(device)


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
