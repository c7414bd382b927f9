"""Speed of the analytic path: import, fields of every tensor, cost over depth; against the probe as the naive twin.

python -m benchmarks.analytic
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from rfengine.calculus import index_map
from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.threads import wait_quietly

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"


def best(action: Callable[[], object], times: int = 5) -> float:
    """Seconds of the fastest of some runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found)


def cold(action: Callable[[], object]) -> Callable[[], object]:
    """The action with empty caches, as a first model finds them."""

    def run() -> object:
        index_map.compose.cache_clear()
        index_map.join.cache_clear()
        return action()

    return run


def chain(nodes: int) -> bytes:
    """A residual chain of 3x3 convolutions with about so many nodes."""
    made = [helper.make_node("Conv", ["x", "w"], ["c0"], pads=[1] * 4)]
    for i in range(nodes // 3):
        made += [
            helper.make_node("Conv", [f"c{i}", "w"], [f"a{i}"], pads=[1] * 4),
            helper.make_node("Relu", [f"a{i}"], [f"b{i}"]),
            helper.make_node("Add", [f"b{i}", f"c{i}"], [f"c{i + 1}"]),
        ]
    weight = numpy_helper.from_array(np.ones((1, 1, 3, 3), np.float32), "w")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        made, "chain", [value("x", 1, [1, 1, 64, 64])], [value(f"c{nodes // 3}", 1, None)], [weight]
    )
    return bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10).SerializeToString()
    )


def main() -> None:
    """Print the table."""
    wait_quietly()
    print(f"{'model':<22}{'nodes':>7}{'import ms':>11}{'fields ms':>11}{'us/node':>9}{'probe/fields':>14}")
    for name in ("resnet50", "densenet121", "inception_v2", "shufflenet"):
        data = (LIGHT / f"light_{name}.onnx").read_bytes()
        imported = best(lambda data=data: import_onnx(data))
        graph = import_onnx(data).graph
        fields = best(cold(lambda graph=graph: receptive_fields(graph)))
        print(row(f"light_{name}", len(graph.nodes), imported, fields, naive(graph)))
    for nodes in (100, 300, 1000, 3000, 10_000):
        data = chain(nodes)
        imported = best(lambda data=data: import_onnx(data), times=1)
        graph = import_onnx(data).graph
        fields = best(cold(lambda graph=graph: receptive_fields(graph)), times=2)
        print(row(f"residual chain {nodes}", len(graph.nodes), imported, fields, None))
    print(f"\ncold start to report, rfengine analyze light_resnet50.onnx --analyses analytic: {cold_start():.2f} s")


def row(name: str, nodes: int, imported: float, fields: float, twin: float | None) -> str:
    """One line of the table; `twin` is the probe's time for one line of pixels times all lines."""
    ratio = "" if twin is None else f"{twin / fields:,.0f}"
    return f"{name:<22}{nodes:>7}{imported * 1e3:>11.1f}{fields * 1e3:>11.1f}{fields / nodes * 1e6:>9.1f}{ratio:>14}"


def naive(graph: object) -> float:
    """Seconds the probe would take to find the same fields: one run of the network per line of pixels."""
    from rfengine.estimators.probe import probe
    from rfengine.graph import Graph

    assert isinstance(graph, Graph)
    fields = receptive_fields(graph)
    source = next(iter(fields.axes))
    height, width = graph.shape(source)[2:]
    one = best(lambda: probe(fields, source, lines=[[height // 2], []]), times=2)
    return one * (height + width)


def cold_start() -> float:
    """Seconds from starting the command to its report, without torch being touched."""
    with tempfile.TemporaryDirectory() as folder:
        model, out = LIGHT / "light_resnet50.onnx", Path(folder) / "r.json"
        command = [sys.executable, "-m", "rfengine.cli", "analyze", model, "--analyses", "analytic", "--json", out]
        return best(lambda: subprocess.run(command, check=True, capture_output=True), times=3)


if __name__ == "__main__":
    main()
