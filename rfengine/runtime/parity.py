"""How far the torch module is from onnxruntime on one random input."""

from collections.abc import Mapping

import numpy as np
import onnx
import torch

from api_schemas.report import Parity
from rfengine.errors import MissingExtra
from rfengine.graph import Array, Graph
from rfengine.runtime.program import Program


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

    `data` must have passed `onnx_file.read_model`: onnxruntime would follow external data. Its optimisers are off,
    because they change results by more than the figure reports.
    """
    inputs = random_inputs(graph)
    theirs = _run_onnxruntime(data, tensors, inputs)
    program = Program(graph.between_inputs_and(tensors))
    with torch.inference_mode():
        ours = program({name: torch.from_numpy(array) for name, array in inputs.items()})
    worst_abs = worst_rel = 0.0
    for name in tensors:
        a, b = ours[name].numpy().astype(np.float64), theirs[name].astype(np.float64)
        difference = float(np.abs(a - b).max(initial=0.0))
        worst_abs = max(worst_abs, difference)
        # Two all-zero tensors agree; otherwise the difference is relative to the reference's largest value.
        scale = float(np.abs(b).max(initial=0.0))
        worst_rel = max(worst_rel, difference / scale if scale else difference)
    return Parity(max_abs=worst_abs, max_rel=worst_rel, against=f"onnxruntime {_version()}", tensors=list(tensors))


def _version() -> str:
    import onnxruntime

    return ".".join(onnxruntime.__version__.split(".")[:2])


def _run_onnxruntime(data: bytes, tensors: tuple[str, ...], inputs: Mapping[str, Array]) -> dict[str, Array]:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtra.named("torch", "the parity check against onnxruntime") from error
    model = onnx.ModelProto.FromString(data)
    known = {output.name for output in model.graph.output}
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(n) for n in tensors if n not in known)
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
        results = session.run(list(tensors), dict(inputs))
    except (ValueError, RuntimeError) as error:
        raise ParityUnavailableError(f"onnxruntime {_version()} cannot run this model: {str(error)[:300]}") from error
    return dict(zip(tensors, results, strict=True))
