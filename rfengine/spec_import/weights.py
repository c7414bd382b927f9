"""Weights from a named initialiser and a seed.

A further initialiser is one function in `DRAWS` and its model in `api_schemas.spec.Init`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, helper, numpy_helper

from api_schemas.spec import ConstantInit, HeInit, Init, XavierInit
from rfengine.errors import LimitExceeded

# Fewer than half of what protobuf can hold, since a model is in memory several times while it is written.
MAX_WEIGHTS = 1 << 28

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Draw:
    """What a weight is drawn for: fans are counts of inputs that one output reads, and the other way round."""

    shape: tuple[int, ...]
    fan_in: int
    fan_out: int
    generator: np.random.Generator


def _he(_init: HeInit, draw: Draw) -> Array:
    return draw.generator.standard_normal(draw.shape, np.float32) * np.float32(math.sqrt(2 / draw.fan_in))


def _xavier(_init: XavierInit, draw: Draw) -> Array:
    bound = math.sqrt(6 / (draw.fan_in + draw.fan_out))
    return (draw.generator.random(draw.shape, np.float32) * 2 - 1) * np.float32(bound)


def _constant(init: ConstantInit, draw: Draw) -> Array:
    return np.broadcast_to(np.float32(init.value), draw.shape)  # zero strides: takes no memory


DRAWS: dict[type[Any], Callable[[Any, Draw], Array]] = {
    HeInit: _he,
    XavierInit: _xavier,
    ConstantInit: _constant,
}


@dataclass(slots=True)
class Weights:
    """The tensors of one model, counted as they are asked for, and written once: straight into its graph."""

    init: Init
    graph: GraphProto
    count: int = 0
    _generators: dict[str, np.random.Generator] = field(default_factory=dict)

    def draw(self, layer: str, name: str, shape: tuple[int, ...], fan_in: int, fan_out: int) -> str:
        """Add a weight of a layer; returns its name.

        A layer's weights come one after the other from a generator of its own, so that they do not depend on the
        other layers.

        Raises:
            LimitExceeded: the model would have more than MAX_WEIGHTS weights; none of these was made.
        """
        self._claim(layer, shape)
        if layer not in self._generators:
            self._generators[layer] = np.random.default_rng([self.init.seed, crc32(layer.encode())])
        values = DRAWS[type(self.init)](self.init, Draw(shape, fan_in, fan_out, self._generators[layer]))
        return self.add(name, values)

    def fill(self, layer: str, name: str, shape: tuple[int, ...], value: float) -> str:
        """Add equal values to a layer's tensors; returns the tensor's name. Raises as `draw` does."""
        self._claim(layer, shape)
        return self.add(name, np.full(shape, value, np.float32))

    def _claim(self, layer: str, shape: tuple[int, ...]) -> None:
        self.count += math.prod(shape)
        if self.count > MAX_WEIGHTS:
            raise LimitExceeded(
                f"layer '{layer}': its weight {list(shape)} makes {self.count:,} weights, more than {MAX_WEIGHTS:,}; "
                "use fewer channels or smaller kernels"
            )

    def add(self, name: str, values: NDArray[Any]) -> str:
        """Add a tensor as it is; returns its name. One with zero strides is written as its shape and one value."""
        if values.ndim and not any(values.strides):
            self._add_fill(name, values)
            return name
        tensor = self.graph.initializer.add()
        tensor.name = name
        tensor.data_type = helper.np_dtype_to_tensor_dtype(values.dtype)
        tensor.dims.extend(values.shape)
        tensor.raw_data = values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        return name

    def _add_fill(self, name: str, values: NDArray[Any]) -> None:
        """https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html."""
        shape = self.add(f"{name}.shape", np.array(values.shape, np.int64))
        value = numpy_helper.from_array(np.full(1, values.flat[0], values.dtype))
        self.graph.node.append(helper.make_node("ConstantOfShape", [shape], [name], name=name, value=value))
