"""Seconds that the package rfa_toolbox takes for ResNet-152, to be run beside `benchmarks.analytic`.

It needs a Python before 3.10 and an old torch: an environment of its own, and nothing of this project.

    python3.9 -m venv peer
    peer/bin/pip install rfa_toolbox==1.7.0 torch==1.12.1 torchvision==0.13.1
    peer/bin/python benchmarks/peer_rfa_toolbox.py
"""

import time
from collections.abc import Callable
from unittest import mock

import torch
import torchvision
from rfa_toolbox import create_graph_from_pytorch_model

TIMES = 5
IMAGE = (1, 3, 224, 224)


def best(clock: "Callable[[], float]") -> float:
    """Seconds of the fastest of some runs, by a clock."""
    found = []
    for _ in range(TIMES):
        start = clock()
        create_graph_from_pytorch_model(model, input_res=IMAGE)
        found.append(clock() - start)
    return min(found)


if __name__ == "__main__":
    model = torchvision.models.resnet152().eval()
    whole = best(time.perf_counter)
    traced = torch.jit.trace(model, (torch.randn(*IMAGE),))
    with mock.patch("torch.jit.trace", return_value=traced):
        rest = best(time.process_time)
    print(f"create_graph {whole:.2f} s on the wall; without torch.jit.trace {rest:.2f} s of one processor")
