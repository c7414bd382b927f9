"""`python -m tests.calculus --graphs 100000 --seed 1`: random networks, analysis against probe, and a count of both.

Hypothesis draws a batch per seed, from `seed` on; a network that contradicts the analysis ends the run with its text.
"""

import argparse
import hashlib
import sys
import time
from collections import Counter

import hypothesis
import onnx
from hypothesis import HealthCheck, Phase, given, settings

from rfengine.threads import wait_quietly
from tests.calculus.networks import networks
from tests.calculus.test_random_networks import agree

BATCH = 1000  # networks per seed


def main() -> int:
    """Run batches until so many different networks have been compared."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--graphs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="Seed of the first batch.")
    words = parser.parse_args()
    wait_quietly()
    count, distinct, nodes, operators = 0, set[bytes](), Counter[int](), Counter[str]()

    def compare(model: onnx.ModelProto) -> None:
        nonlocal count
        agree(model)
        count += 1
        distinct.add(hashlib.sha256(model.SerializeToString()).digest()[:12])
        nodes[len(model.graph.node)] += 1
        operators.update({node.op_type for node in model.graph.node})

    start, seed = time.monotonic(), words.seed
    while len(distinct) < words.graphs:
        quiet = settings(
            deadline=None,
            max_examples=BATCH,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        hypothesis.seed(seed)(quiet(given(networks())(compare)))()
        seed += 1
    seconds = time.monotonic() - start
    sizes = sorted(nodes.elements())
    print(f"{count:,} networks agree, {len(distinct):,} of them distinct; seeds {words.seed} to {seed - 1}")
    print(f"{seconds:.0f} s; nodes: {sizes[0]} to {sizes[-1]}, median {sizes[len(sizes) // 2]}")
    print("networks with: " + ", ".join(f"{op} {n:,}" for op, n in operators.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
