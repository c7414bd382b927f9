"""Networks of the zoo, compiled without weights and analysed: once per network and size."""

import math
from collections.abc import Mapping
from functools import cache

import onnx

from api_schemas import zoo
from api_schemas.initialisers import Constant
from api_schemas.report import TensorField
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec

Shape = tuple[int, ...]

INPUTS = {entry.name: entry.input for entry in zoo.names()}


@cache
def _compiled(name: str, shape: Shape) -> onnx.ModelProto:
    spec = zoo.build(name, input_shape=shape).model_copy(update={"init": Constant()})
    return compile_spec(spec, name=name)


@cache
def _fields(name: str, shape: Shape) -> Fields:
    return receptive_fields(import_onnx(_compiled(name, shape).SerializeToString(), name=name).graph)


@cache
def _analysed(name: str, shape: Shape) -> Mapping[str, TensorField]:
    tensors = analytic_report(_fields(name, shape)).tensors
    return {tensor: field for tensor, field in tensors.items() if isinstance(field, TensorField)}


def compiled(name: str) -> onnx.ModelProto:
    """The model with fills in place of weights."""
    return _compiled(name, INPUTS[name])


def fields(name: str) -> Fields:
    return _fields(name, INPUTS[name])


def analysed(name: str, shape: Shape | None = None) -> Mapping[str, TensorField]:
    """The report's entry of every tensor."""
    return _analysed(name, shape or INPUTS[name])


def parameters(name: str, per_norm_channel: int) -> int:
    """Weights and biases, and so many numbers per channel of every batch norm."""
    tensors = {tensor.name: tensor for tensor in compiled(name).graph.initializer}
    count = 0
    for full, tensor in tensors.items():
        layer, _, part = full.rpartition(":")
        if part == "weight.shape":
            count += math.prod(onnx.numpy_helper.to_array(tensor).tolist())
        elif part == "scale":
            count += per_norm_channel * math.prod(tensor.dims)
        elif part == "bias" and f"{layer}:scale" not in tensors:
            count += math.prod(tensor.dims)
    return count
