"""Gradient maps the slow way: the whole image, one at a time, nothing cropped, stacked, narrowed or folded."""

from collections.abc import Sequence

import numpy as np
import onnx
import torch

from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.erf import Subject
from rfengine.graph import Array, Graph, Shape
from rfengine.onnx_import import import_onnx
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program


def subject_of(
    data: bytes, *, images: Array | None = None, shape: Shape | None = None, targets: tuple[str, ...] = ()
) -> Subject:
    """A model with one image input, as the analysis hands it to the estimators."""
    graph = import_onnx(data, input_shape={"": shape} if shape else None, targets=targets).graph
    (source,) = graph.inputs

    def resized(size: Shape) -> Graph:
        return import_onnx(data, input_shape={source: size}, targets=targets).graph

    return Subject(receptive_fields(graph), resized, images)


def noise(shape: Shape, count: int, seed: int) -> list[torch.Tensor]:
    """The standard-normal images of a seed, [1, C, spatial ...]."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape[1:], generator=generator).double()[None] for _ in range(count)]


def naive(
    fields: Fields,
    target: str,
    index: Shape,
    images: Sequence[torch.Tensor],
    *,
    graph: Graph | None = None,
    channels: Sequence[int] | None = None,
) -> list[Array]:
    """|g| of the unit's summed channels (or of those listed), summed over the image's channels; one per image."""
    (source,) = fields.graph.inputs
    program = Program(in_precision((graph or fields.graph).between_inputs_and((target,)), "float64"))
    at = tuple(slice(i, i + 1) for i in index)
    found = []
    for each in images:
        image = each.double().clone().requires_grad_()
        unit = program({source: image})[target][(slice(None), slice(None), *at)]
        chosen = unit if channels is None else unit[:, list(channels)]
        (g,) = torch.autograd.grad(chosen.sum(), image)
        found.append(g.abs().sum((0, 1)).numpy())
    return found


def with_random_weights(model: onnx.ModelProto, seed: int) -> bytes:
    """A model whose kernels are standard normal instead of fills."""
    random = np.random.default_rng(seed)
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 2:
            values = random.standard_normal(tuple(tensor.dims)).astype(np.float32)
            tensor.CopyFrom(onnx.numpy_helper.from_array(values, tensor.name))
    return bytes(model.SerializeToString())
