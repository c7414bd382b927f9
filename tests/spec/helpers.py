"""Small ways to say a spec and to run what it compiles to."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
import onnxruntime

from api_schemas.spec import LayerSpec
from rfengine.spec_import import compile_spec

Layer = dict[str, Any]


def spec(shape: Sequence[int], *layers: Layer, **more: Any) -> LayerSpec:
    """A spec with one input."""
    return LayerSpec.model_validate({"input": list(shape), "layers": list(layers), **more})


def compiled(shape: Sequence[int], *layers: Layer, **more: Any) -> onnx.ModelProto:
    """The model of a spec with one input, checked."""
    model = compile_spec(spec(shape, *layers, **more), name="net")
    onnx.checker.check_model(model, full_check=True)
    return model


def shape_of(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    return tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)


def shapes(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Shape per named value, as the compiler computed it."""
    return {value.name: shape_of(value) for value in [*model.graph.value_info, *model.graph.output]}


def weights(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def run(model: onnx.ModelProto, feeds: Mapping[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """All outputs in onnxruntime without optimisations; random inputs where none are given."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    feeds = noise(model) if feeds is None else feeds
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(feeds)), strict=True))


def noise(model: onnx.ModelProto) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(0)
    return {value.name: generator.standard_normal(shape_of(value), np.float32) for value in model.graph.input}


def inferred(model: onnx.ModelProto) -> dict[str, tuple[int, ...]]:
    """Shape per value, as onnx finds it by itself."""
    bare = onnx.ModelProto()
    bare.CopyFrom(model)
    del bare.graph.value_info[:]
    for output in bare.graph.output:
        output.type.tensor_type.ClearField("shape")
    found = onnx.shape_inference.infer_shapes(bare, strict_mode=True).graph
    return {value.name: shape_of(value) for value in [*found.value_info, *found.output]}


def impulse_fields(shape: int, *layers: Layer, **more: Any) -> dict[str, list[tuple[int, int]]]:
    """First and last pixel that each unit of each output sees, found by running: one image per pixel, one pixel set.

    The network is one-dimensional with positive weights, so that nothing cancels.
    """
    init = {"name": "constant", "value": 1.0}
    model = compiled((shape, 1, shape), *layers, **{"init": init, **more})
    answers = run(model, {"input": np.eye(shape, dtype=np.float32)[:, None, :]})
    background = run(model, {"input": np.zeros((shape, 1, shape), np.float32)})
    fields = {}
    for name, answer in answers.items():
        seen = (answer != background[name]).any(axis=1)  # pixel x unit
        fields[name] = [(int(np.flatnonzero(unit)[0]), int(np.flatnonzero(unit)[-1])) for unit in seen.T]
    return fields
