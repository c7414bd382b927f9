"""The adjoint of a linear network: what autograd's backward pass computes, without a forward pass before it.

A linear network's gradient does not depend on where it is taken, so that the forward values need not be made at all.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rfengine import ops
from rfengine.graph import Graph, Node
from rfengine.ops.convolution import conv_geometry
from rfengine.ops.pooling import native_average
from rfengine.runtime.rewriting import number_of

if TYPE_CHECKING:
    from torch import Tensor

# From the gradient by the output to those by the inputs that depend on data, in their order.
Step = Callable[["Tensor"], tuple["Tensor", ...]]


class Adjoint:
    """Runs a linear graph backwards, from its only output to its inputs; every node must have one output."""

    def __init__(self, graph: Graph, *, device: str) -> None:
        self.graph, self.device = graph, device
        self._steps = [(node, self._data(node), self._step(node)) for node in reversed(graph.nodes)]

    def __call__(self, seed: "Tensor") -> dict[str, "Tensor"]:
        """The gradients by every input of the sum of the output times `seed`, element by element."""
        import torch

        found = {self.graph.outputs[0]: seed}
        with torch.no_grad():
            for node, data, step in self._steps:
                gradient = found.pop(node.outputs[0], None)
                if gradient is None:
                    continue
                for name, part in zip(data, step(gradient), strict=True):
                    found[name] = found[name] + part if name in found else part
        return found

    def _data(self, node: Node) -> list[str]:
        return [name for name in node.inputs if name and name not in self.graph.constants]

    def _step(self, node: Node) -> Step:
        return (
            self._number(node) or self._sum(node) or self._average(node) or self._convolution(node) or self._any(node)
        )

    def _any(self, node: Node) -> Step:
        """By autograd, at zero: a linear operator has one derivative everywhere."""
        import torch

        from rfengine.runtime.program import tensor_of

        graph, device = self.graph, self.device
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        kernel: Any = operator.lower(ops.Call.of(node, graph))
        fixed = {n: tensor_of(graph.constants[n], device=device) for n in node.inputs if n in graph.constants}
        data = self._data(node)

        def step(gradient: "Tensor") -> "tuple[Tensor, ...]":
            with torch.enable_grad():
                zeros = {
                    name: torch.zeros(graph.shape(name), dtype=gradient.dtype, device=device, requires_grad=True)
                    for name in data
                }
                result = kernel(*(zeros.get(name, fixed.get(name)) for name in node.inputs))
                out = result[0] if isinstance(result, tuple) else result
                by_name = dict(zip(zeros, torch.autograd.grad(out, list(zeros.values()), gradient), strict=True))
            # An input that is read twice has both parts in one gradient.
            return tuple(by_name.pop(name, torch.zeros((), dtype=gradient.dtype, device=device)) for name in data)

        return step

    def _number(self, node: Node) -> Step | None:
        """A product with one number."""
        number = number_of(node, self.graph)
        return None if number is None else lambda gradient: (gradient * number,)

    def _sum(self, node: Node) -> Step | None:
        """A sum of tensors of one shape."""
        if node.op not in ("Add", "Sum") or len({self.graph.shape(n) for n in (*node.inputs, *node.outputs)}) > 1:
            return None
        count = len(node.inputs)
        return lambda gradient: (gradient,) * count

    def _average(self, node: Node) -> Step | None:
        """AveragePool over an image, where torch pads alike."""
        import torch

        if node.op != "AveragePool" or len(self.graph.shape(node.inputs[0])) != 4:
            return None
        call = ops.Call.of(node, self.graph)
        form = native_average(call)
        if form is None:
            return None

        def step(gradient: "Tensor") -> "tuple[Tensor, ...]":
            like = torch.empty(call.shape(), dtype=gradient.dtype, device=gradient.device)
            backward: Any = torch.ops.aten.avg_pool2d_backward
            return (backward(gradient, like, form.kernel, form.strides, form.begins, False, form.counts, None),)

        return step

    def _convolution(self, node: Node) -> Step | None:
        """Conv with even padding, as the transposed convolution."""
        import torch.nn.functional as F

        from rfengine.runtime.program import tensor_of

        if node.op != "Conv" or node.inputs[1] not in self.graph.constants or len(node.inputs) > 2:
            return None
        g = conv_geometry(ops.Call.of(node, self.graph))
        shape, out = self.graph.shape(node.inputs[0])[2:], self.graph.shape(node.outputs[0])[2:]
        if any(b != e for b, e in g.pads):
            return None
        spans = zip(shape, out, g.strides, g.pads, g.dilations, g.kernel, strict=True)
        rest = [n - ((m - 1) * s - 2 * b + d * (k - 1) + 1) for n, m, s, (b, _), d, k in spans]
        weight = tensor_of(self.graph.constants[node.inputs[1]], device=self.device)
        function: Any = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[len(shape) - 1]
        begins, groups = [b for b, _ in g.pads], int(node.attributes.get("group", 1))
        return lambda gradient: (
            function(gradient, weight, None, list(g.strides), begins, rest, groups, list(g.dilations)),
        )
