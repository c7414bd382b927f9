"""How far the torch module is from onnxruntime on one random input."""

from collections.abc import Mapping

import numpy as np
import onnx
import torch

from api_schemas.report import Parity
from rfengine.errors import MissingExtra
from rfengine.graph import Array, Graph
from rfengine.onnx_import.nodes import names_read, needed_nodes
from rfengine.runtime.precision import in_precision
from rfengine.runtime.program import Program, tensor_of


class ParityUnavailableError(Exception):
    """The reference cannot run the model, so there is nothing to compare with."""


def random_inputs(graph: Graph, *, seed: int = 0) -> dict[str, Array]:
    """Standard-normal values for every input; whole-number inputs get zeros."""
    generator = np.random.default_rng(seed)
    found = {}
    for name in graph.inputs:
        value = graph.values[name]
        noise = generator.standard_normal(value.shape)
        found[name] = (
            noise.astype(value.dtype) if np.issubdtype(value.dtype, np.floating) else np.zeros(value.shape, value.dtype)
        )
    return found


def check_parity(data: bytes, graph: Graph, tensors: tuple[str, ...]) -> Parity:
    """Compare tensors of a model file in torch and in onnxruntime.

    `data` must have passed `onnx_import.file.read_model`: onnxruntime would follow external data. Its optimisers are
    off, because they change results by more than the figure reports.
    """
    inputs = random_inputs(graph)
    theirs = _run_onnxruntime(data, tensors, inputs)
    # Half precision is compared as float32, in which the weights are the same and the arithmetic is better.
    double = any(value.dtype == np.float64 for value in graph.values.values())
    cut = in_precision(graph.between_inputs_and(tensors), np.float64 if double else np.float32)
    with torch.inference_mode():
        ours = Program(cut)({name: tensor_of(inputs[name].astype(cut.values[name].dtype)) for name in cut.inputs})
    found = [_differences(ours[name].double().numpy(), theirs[name].astype(np.float64), name) for name in tensors]
    return Parity(
        max_abs=max((absolute for absolute, _ in found), default=0.0),
        max_rel=max((relative for _, relative in found), default=0.0),
        against=f"onnxruntime {_version()}",
        tensors=list(tensors),
    )


def _differences(ours: Array, theirs: Array, name: str) -> tuple[float, float]:
    """Largest absolute difference of two tensors, and the same relative to the reference's largest value.

    Two all-zero tensors agree. A value that is finite on one side only is a difference of the whole.
    """
    if ours.shape != theirs.shape:
        raise ParityUnavailableError(f"'{name}' has shape {list(ours.shape)} here, {list(theirs.shape)} in onnxruntime")
    finite = np.isfinite(ours) & np.isfinite(theirs)
    if theirs.size and not np.isfinite(theirs).any() and not np.isfinite(ours).any():
        raise ParityUnavailableError(f"'{name}' is not finite anywhere on random input, here and in onnxruntime")
    scale = float(np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
    if (np.isfinite(ours) != np.isfinite(theirs)).any():
        return max(scale, 1.0), 1.0
    difference = float(np.abs(ours[finite] - theirs[finite]).max(initial=0.0))
    return difference, difference / scale if scale else difference


def _version() -> str:
    import onnxruntime

    return ".".join(onnxruntime.__version__.split(".")[:2])


def _run_onnxruntime(data: bytes, tensors: tuple[str, ...], inputs: Mapping[str, Array]) -> dict[str, Array]:
    try:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as state
    except ImportError as error:
        raise MissingExtra.named("torch", "the parity check against onnxruntime") from error
    # The runtime's errors have no base of their own.
    refusals = tuple(e for e in vars(state).values() if isinstance(e, type) and issubclass(e, Exception))
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    model = _cut(onnx.ModelProto.FromString(data), tensors, inputs).SerializeToString()
    try:
        session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        results = session.run(list(tensors), dict(inputs))
    except refusals as error:
        reason = " ".join(str(error).split())[:300]
        raise ParityUnavailableError(f"onnxruntime {_version()} cannot run this model: {reason}") from error
    return dict(zip(tensors, results, strict=True))


def _cut(model: onnx.ModelProto, tensors: tuple[str, ...], inputs: Mapping[str, Array]) -> onnx.ModelProto:
    """The part of a model that makes the tensors, at the input shapes of the analysis."""
    graph = model.graph
    nodes = needed_nodes(model, tensors)
    read = {name for node in nodes for name in names_read(node)}
    initializers = [t for t in graph.initializer if t.name in read]
    kinds = {value.name: value.type.tensor_type.elem_type for value in graph.input}
    shapes = [
        onnx.helper.make_tensor_value_info(name, kinds[name], array.shape)
        for name, array in inputs.items()
        if name in read
    ]
    outputs = [onnx.helper.make_empty_tensor_value_info(name) for name in tensors]
    for field in ("node", "initializer", "input", "output", "value_info"):
        graph.ClearField(field)
    graph.node.extend(nodes)
    graph.initializer.extend(initializers)
    graph.input.extend(shapes)
    graph.output.extend(outputs)
    return model
