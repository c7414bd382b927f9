"""Weights from a named initialiser and a seed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, helper, numpy_helper

from api_schemas.initialisers import AnyInitialiser
from rfengine import initialisers
from rfengine.errors import LimitExceeded
from rfengine.initialisers import Layer

# Fewer than half of what protobuf can hold, since a model is in memory several times while it is written.
MAX_WEIGHTS = 1 << 28


@dataclass(slots=True)
class Weights:
    """The tensors of one model, counted as they are asked for, and written once: straight into its graph.

    `layers` are what weights were asked for, by tensor. `places` are the same layers placed in the network, where the
    initialiser needs to know.
    """

    init: AnyInitialiser
    graph: GraphProto
    places: Mapping[str, Layer] = field(default_factory=dict)
    count: int = 0
    layers: dict[str, Layer] = field(default_factory=dict)
    _generators: dict[str, np.random.Generator] = field(default_factory=dict)

    def draw(self, name: str, layer: Layer, fill: float | None = None) -> str:
        """Add a layer's weight, drawn or filled with one value; returns the tensor's name.

        A layer's weights come one after the other from a generator of its own, so that they do not depend on the
        other layers.

        Raises:
            LimitExceeded: the model would have more than MAX_WEIGHTS weights; none of these was made.
            BadInput: the initialiser does not fit the layer.
        """
        self._claim(layer.name, layer.stored_shape)
        self.layers[name] = layer
        if fill is not None and not initialisers.silences(self.init, layer):
            return self.add(name, np.full(layer.stored_shape, fill, np.float32))
        if layer.name not in self._generators:
            self._generators[layer.name] = initialisers.generator_of(self.init.seed, layer.name)
        drawn = initialisers.draw(self.init, self.places.get(name, layer), self._generators[layer.name])
        stored = layer.stored(drawn)
        if any(stored.strides):
            return self.add(name, np.asarray(stored, np.float32))
        return self.add(name, np.broadcast_to(np.float32(stored.flat[0]), stored.shape))

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
