"""What a model's output should be, by onnxruntime or by onnx's reference evaluator."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from rfengine.graph import Array

OUTPUT = "y"


class Samples(Protocol):
    """What gives an input's values in place of standard-normal ones."""

    def sample(self, random: np.random.Generator) -> Array: ...


def feeds_of(model: onnx.ModelProto, drawn: Mapping[str, Samples] = MappingProxyType({})) -> dict[str, Array]:
    """Standard-normal values for every input but the `drawn` ones."""
    random = np.random.default_rng(1)
    found = {}
    for value in model.graph.input:
        shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
        samples = drawn.get(value.name.removesuffix(":wide"))
        if samples is None:
            found[value.name] = random.standard_normal(shape).astype(np.float32)
        else:
            found[value.name] = samples.sample(random).reshape(shape)
    return found


def onnxruntime_output(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """The output `y` in onnxruntime, without its optimisers."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return np.asarray(session.run([OUTPUT], dict(feeds))[0])


def reference_output(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """The output `y` by onnx's reference evaluator."""
    return np.asarray(ReferenceEvaluator(model).run([OUTPUT], dict(feeds))[0])


def onnxruntime_at_opset_7(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """The output of a model of an older opset, whose operator is defined alike in opset 7, where onnxruntime begins."""
    newer = onnx.ModelProto()
    newer.CopyFrom(model)
    newer.opset_import[0].version = 7
    return onnxruntime_output(newer, feeds)
