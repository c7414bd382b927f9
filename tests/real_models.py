"""Real exports: each imports, runs in torch, agrees with onnxruntime, and its fields stand up to the probe.

The graphs in tests/data/models keep no weights; seeded random ones are filled in here. `python -m tests.real_models
[FOLDER ...]` prints the table for those graphs, the light models and any further folder of such graphs (`make ops`).
"""

import sys
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

from rfengine.errors import RfengineError
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.probe import Outcome, probe
from rfengine.onnx_import import Imported, import_onnx
from rfengine.runtime.parity import check_parity
from rfengine.targets import find_targets
from rfengine.threads import wait_quietly
from tests.tiny import LIGHT

GRAPHS = Path(__file__).parent / "data" / "models"
TOLERANCE = 1e-4


def _tensors(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.type == onnx.AttributeProto.TENSOR:
                yield attribute.t
            elif attribute.type == onnx.AttributeProto.GRAPH:
                yield from _tensors(attribute.g)


def filled(path: Path) -> bytes:
    """The bytes of a model file, with N(0, 2 / fan-in) weights and N(0, 0.05) vectors where it has none."""
    model = onnx.load(path, load_external_data=False)
    for tensor in _tensors(model.graph):
        if tensor.data_location != onnx.TensorProto.EXTERNAL:
            continue
        shape = tuple(tensor.dims)
        random = np.random.default_rng([0, zlib.crc32(tensor.name.encode())])
        fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 800
        values = random.standard_normal(shape) * np.sqrt(2.0 / fan_in)
        tensor.raw_data = values.astype(onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)).tobytes()
        del tensor.external_data[:]
        tensor.data_location = onnx.TensorProto.DEFAULT
    return bytes(model.SerializeToString())


@dataclass(frozen=True)
class Analysed:
    """One real model, imported and analysed."""

    data: bytes
    imported: Imported
    fields: Fields
    targets: tuple[str, ...]
    seconds: float


def analysed(path: Path) -> Analysed:
    """Import a graph and find its fields and targets; `seconds` is the import alone."""
    data = filled(path)
    start = time.perf_counter()
    imported = import_onnx(data)
    seconds = time.perf_counter() - start
    fields = receptive_fields(imported.graph)
    return Analysed(data, imported, fields, find_targets(fields), seconds)


def disagreement(model: Analysed) -> float:
    """Largest relative difference to onnxruntime over the targets and the outputs that are tensors of known shape."""
    graph = model.imported.graph
    outputs = [name for name in graph.outputs if name in graph.producers and graph.values[name].is_known]
    return check_parity(model.data, graph, tuple(dict.fromkeys((*model.targets, *outputs)))).max_rel


def refuted(model: Analysed) -> dict[str, str]:
    """Tensors whose field the probe contradicts, over lines at the centre, the corner and the edges."""
    source = next(iter(model.fields.axes))
    lines = [sorted({0, 1, n // 2, n - 1}) for n in model.fields.graph.shape(source)[2:]]
    found = probe(model.fields, source, lines=[lines[0], lines[1][:2]])
    assert Outcome.CONFIRMED in found.outcomes.values()
    return dict(found.contradictions)


def main(folders: list[Path]) -> int:
    """Print one line per model and what they come to."""
    wait_quietly()
    paths = [path for folder in (LIGHT, GRAPHS, *folders) for path in sorted(folder.glob("*.onnx"))]
    worst, good = 0.0, 0
    for path in paths:
        try:
            model = analysed(path)
            difference, wrong = disagreement(model), refuted(model)
        except RfengineError as error:
            print(f"{path.stem:<28} refused: {error}")
            continue
        good += difference < TOLERANCE and not wrong
        worst = max(worst, difference)
        nodes, targets = model.imported.nodes, len(model.targets)
        print(
            f"{path.stem:<28}{nodes:>6} nodes, import {model.seconds:5.2f} s, {targets:>3} targets, "
            f"parity {difference:.1e}, probe {'contradicts ' + str(sorted(wrong)) if wrong else 'confirms'}",
            flush=True,
        )
    print(f"real models: {good} of {len(paths)}; worst parity {worst:.1e}")
    return 0 if good == len(paths) else 1


if __name__ == "__main__":
    sys.exit(main([Path(word) for word in sys.argv[1:]]))
