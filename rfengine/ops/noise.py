"""Random numbers, drawn once: two runs of a graph, on any device, see the same.

The operators promise no particular numbers, not even for a given `seed`. Here the seed, or else the node's name,
decides them. What depends on no data is a constant of the graph.
https://onnx.ai/onnx/operators/onnx__RandomNormal.html, .../onnx__RandomUniform.html, .../onnx__Bernoulli.html
"""

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import torch_type
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import first_input_only

if TYPE_CHECKING:
    from torch import Tensor


def generator(call: Call) -> np.random.Generator:
    """The generator of a node's numbers."""
    return np.random.default_rng(crc32(str(call.attr("seed", call.node.name)).encode()))


def _reads_nothing(call: Call) -> list[Relation]:
    return [((),) * len(call.inputs) for _ in call.outputs]


def _drawn(call: Call) -> Array:
    random, shape = generator(call), call.out_shape
    if "Normal" in call.node.op:
        numbers = random.standard_normal(shape) * float(call.attr("scale", 1.0)) + float(call.attr("mean", 0.0))
    else:
        numbers = random.uniform(float(call.attr("low", 0.0)), float(call.attr("high", 1.0)), shape)
    return np.asarray(numbers).astype(call.out.dtype)


def _lower(call: Call) -> Kernel:
    import torch

    numbers = torch.from_numpy(_drawn(call).astype(np.float64)).to(torch_type(call, call.out.dtype))
    return lambda *like: numbers.to(like[0].device) if like else numbers


def _bernoulli_fold(call: Call) -> Array:
    value = call.data()
    return (generator(call).random(value.shape) < value).astype(call.out.dtype)


def _bernoulli_lower(call: Call) -> Kernel:
    import torch

    target = torch_type(call, call.out.dtype)
    threshold = torch.from_numpy(np.asarray(generator(call).random(call.out_shape)))

    def kernel(x: "Tensor") -> "Tensor":
        return (threshold.to(x.device) < x).to(target)

    return kernel


for _name in ("RandomNormal", "RandomUniform"):
    register(Operator(_name, (1, 22), Nature.OTHER, _reads_nothing, _lower, fold=_drawn))
    register(
        Operator(f"{_name}Like", (1, 22), Nature.OTHER, _reads_nothing, _lower, fold=_drawn, folds_from_shape=True)
    )
register(Operator("Bernoulli", (15, 22), Nature.OTHER, first_input_only, _bernoulli_lower, fold=_bernoulli_fold))
