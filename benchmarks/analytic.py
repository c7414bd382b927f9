"""Speed of the analytic path: import, fields of every tensor, cost over depth; against the probe as the naive twin.

python -m benchmarks.analytic [--plot docs/images/analytic-cost.png]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import onnx

from api_schemas import zoo
from api_schemas.initialisers import Constant
from benchmarks.networks import DENSENET_201, chain, dense
from rfengine.calculus import clean, field, index_map, layout, local, reads
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.ops import rules
from rfengine.spec_import import compile_spec
from rfengine.threads import wait_quietly

LIGHT = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
LENGTHS = (100, 300, 1000, 3000, 10_000)


@dataclass(frozen=True)
class Cost:
    """What one network takes, in seconds of one processor.

    `edges` counts the tensors that nodes read; `probe` is the naive twin's time; `is_chain` says that it is one of the
    chains of growing length, not a published network.
    """

    name: str
    nodes: int
    edges: int
    imported: float
    fields: float
    probe: float | None = None
    is_chain: bool = False

    def __str__(self) -> str:
        ratio = "" if self.probe is None else f"{self.probe / self.fields:,.0f}"
        return (
            f"{self.name:<22}{self.nodes:>7}{self.edges:>7}{self.imported * 1e3:>11.1f}{self.fields * 1e3:>11.1f}"
            f"{self.fields / self.nodes * 1e6:>9.1f}{self.fields / self.edges * 1e6:>9.1f}{ratio:>14}"
        )


HEADER = f"{'network':<22}{'nodes':>7}{'edges':>7}{'import ms':>11}{'fields ms':>11}{'us/node':>9}{'us/edge':>9}"


def best(action: Callable[[], object], times: int = 5) -> float:
    """Processor seconds of the fastest of some runs: what else the machine does takes time, but not this process's."""
    return min(_clocked(action, time.process_time) for _ in range(times))


def _clocked(action: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    action()
    return clock() - start


def forget() -> None:
    """Empty every cache of the calculus, so that the next graph finds it as the first one does."""
    for module in (clean, field, index_map, layout, local, rules):
        for function in vars(module).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()
    reads.Reads.same.cache_clear()


def cold(action: Callable[[], object]) -> Callable[[], object]:
    """The action with empty caches."""

    def run() -> object:
        forget()
        return action()

    return run


def networks() -> Iterator[tuple[str, bytes]]:
    """Published networks by name: shipped with onnx, from the zoo, and DenseNet-201 with narrow layers."""
    for name in ("resnet152", "resnet_v1_152"):
        spec = zoo.build(name).model_copy(update={"init": Constant()})
        yield name, bytes(compile_spec(spec, name=name).SerializeToString())
    yield "densenet201", dense(DENSENET_201, side=224)
    for name in ("resnet50", "densenet121", "inception_v2", "shufflenet"):
        yield f"light_{name}", (LIGHT / f"light_{name}.onnx").read_bytes()


def costs() -> Iterator[Cost]:
    """Chains of growing length, then every network.

    The probe comes last: once torch is loaded, Python's garbage collector has a fifth more to do on the longest chain.
    """
    for nodes in LENGTHS:
        yield measured(f"residual chain {nodes}", chain(nodes), times=8, is_chain=True)
    for name, data in networks():
        yield measured(name, data, times=15, with_probe=name.startswith("light_"))


def measured(name: str, data: bytes, *, times: int, with_probe: bool = False, is_chain: bool = False) -> Cost:
    """The cost of one network."""
    imported = best(lambda: import_onnx(data), times=3)
    graph = import_onnx(data).graph
    edges = sum(len(ways) for _, _, ways in receptive_fields(graph).readings)
    fields = best(cold(lambda: receptive_fields(graph)), times)
    return Cost(name, len(graph.nodes), edges, imported, fields, naive(graph) if with_probe else None, is_chain)


def naive(graph: Graph) -> float:
    """Seconds the probe would take to find the same fields: one run of the network per line of pixels."""
    from rfengine.estimators.probe import probe

    fields = receptive_fields(graph)
    source = next(iter(fields.axes))
    height, width = graph.shape(source)[2:]
    one = best(lambda: probe(fields, source, lines=[[height // 2], []]), times=2)
    return one * (height + width)


def cold_start() -> float:
    """Processor seconds from starting the command to its report; its modules are compiled, torch is not touched."""
    with tempfile.TemporaryDirectory() as folder:
        model, out = LIGHT / "light_resnet50.onnx", Path(folder) / "r.json"
        command = [sys.executable, "-m", "rfengine.cli", "analyze", model, "--analyses", "analytic", "--json", out]
        compiled = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        compiled["PYTHONPYCACHEPREFIX"] = folder

        def run() -> object:
            return subprocess.run(command, check=True, capture_output=True, env=compiled)

        return min(_clocked(run, _children) for _ in range(6))


def _children() -> float:
    spent = os.times()
    return spent.children_user + spent.children_system


def main() -> None:
    """Print the table; draw it where `--plot` says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plot", type=Path, help="PNG to draw the costs to")
    plot = parser.parse_args().plot
    wait_quietly()
    print(f"{HEADER}{'probe/fields':>14}")
    found = []
    for cost in costs():
        print(cost, flush=True)
        found.append(cost)
    print(f"\ncold start to report, rfengine analyze light_resnet50.onnx --analyses analytic: {cold_start():.2f} s")
    if plot:
        from benchmarks.analytic_plot import draw

        plot.write_bytes(draw(found))


if __name__ == "__main__":
    main()
