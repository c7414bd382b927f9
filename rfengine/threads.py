"""How torch's threads wait for each other; set before torch is loaded, by every program that will load it."""

import os


def wait_quietly() -> None:
    """Let OpenMP's threads sleep at their barriers instead of spinning, unless the environment says otherwise.

    Spinning threads fight with whatever else runs: a DenseNet-121 forward on two busy cores took 9.3 s spinning and
    0.33 s sleeping. Alone on the machine sleeping costs some: 0.16 s against 0.11 s (docs/benchmarks.md).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
