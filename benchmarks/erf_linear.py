"""The estimators that run on one channel, against the networks that they stand for.

python -m benchmarks.erf_linear

constant_forward: fcn_resnet50 at 512 x 512, the centre unit, against one forward pass of the full network in float32,
and its map against that of the full network in float64. closed_form: 20 layers of 64 channels, against 200 draws of the
weights, each with a forward and a backward pass in plain torch.
"""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from rfengine.threads import wait_quietly

SIDE, LAYERS, WIDTH, CANVAS, DRAWS = 512, 20, 64, 48, 200


def main() -> None:
    """Print the two tables."""
    wait_quietly()
    _constant_forward()
    _closed_form()


def seconds(action: Callable[[], object], times: int) -> float:
    """Of the fastest of some runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        found.append(time.perf_counter() - start)
    return min(found)


def _constant_forward() -> None:
    import torch

    from api_schemas import zoo
    from api_schemas.erf import ConstantForwardOptions
    from api_schemas.initialisers import Constant
    from rfengine.estimators.analytic import receptive_fields
    from rfengine.estimators.constant_forward import constant_network
    from rfengine.estimators.linear import impulse_responses, runnable
    from rfengine.estimators.units import centre_unit
    from rfengine.onnx_import import import_onnx
    from rfengine.runtime.policies import rescaled
    from rfengine.runtime.precision import in_precision
    from rfengine.runtime.program import Program
    from rfengine.spec_import import compile_spec

    spec = zoo.build("fcn_resnet50", input_shape=(1, 3, SIDE, SIDE)).model_copy(update={"init": Constant()})
    model = compile_spec(spec, name="fcn_resnet50").SerializeToString()
    fields = receptive_fields(import_onnx(model, targets=("out",)).graph)
    unit = centre_unit(fields, "out")
    options = ConstantForwardOptions()

    def network(*, collapse: bool) -> Any:
        linear = rescaled(constant_network(fields.graph, options)).graph
        return runnable(linear, "out", dtype="float64", device="cpu", collapse=collapse)

    small = network(collapse=True)
    built = seconds(lambda: network(collapse=True), 3)
    ours = seconds(lambda: impulse_responses(small, fields, [unit]), 20)
    full = Program(in_precision(rescaled(constant_network(fields.graph, options)).graph, "float32"))
    image = torch.zeros(1, 3, SIDE, SIDE)

    def forward() -> None:
        with torch.inference_mode():
            full({"input": image})

    threads = torch.get_num_threads()
    theirs = seconds(forward, 3)
    torch.set_num_threads(1)
    alone = seconds(forward, 3)
    ours_alone = seconds(lambda: impulse_responses(small, fields, [unit]), 20)
    torch.set_num_threads(threads)
    (one,) = impulse_responses(small, fields, [unit])
    whole = network(collapse=False)
    start = time.perf_counter()
    (other,) = impulse_responses(whole, fields, [unit])
    same_question = time.perf_counter() - start
    print(f"constant_forward, fcn_resnet50 {SIDE} x {SIDE}, {small.how}")
    print(f"  ours, float64      {ours * 1e3:8.1f} ms, and {built * 1e3:.0f} ms once to build the network")
    print(f"  full forward       {theirs * 1e3:8.1f} ms, float32, {threads} threads: {theirs / ours:,.0f} times ours")
    print(
        f"  on one thread      {alone * 1e3:8.1f} ms: {alone / ours_alone:,.0f} times ours ({ours_alone * 1e3:.1f} ms)"
    )
    print(f"  the full map       {same_question * 1e3:8.0f} ms, float64: {same_question / ours:,.0f} times ours")
    print(f"  maps differ by     {np.abs(one - other).max() / other.max():.1e} of the maximum")


def _closed_form() -> None:
    import torch
    import torch.nn.functional as F

    from api_schemas.erf import ClosedFormOptions
    from rfengine.estimators.analytic import receptive_fields
    from rfengine.estimators.closed_form import agreement, closed_form
    from rfengine.estimators.erf import Subject
    from rfengine.estimators.units import centre_unit
    from rfengine.onnx_import import import_onnx
    from rfengine.spec_import import compile_spec

    fields = receptive_fields(import_onnx(compile_spec(_chain(), name="chain").SerializeToString()).graph)
    unit = centre_unit(fields, "out")
    maps = closed_form(Subject(fields), [unit], ClosedFormOptions())
    ours = seconds(lambda: closed_form(Subject(fields), [unit], ClosedFormOptions()), 10)
    total = torch.zeros(CANVAS, CANVAS, dtype=torch.float64)
    generator = torch.Generator().manual_seed(0)
    start = time.perf_counter()
    for _ in range(DRAWS):
        image = torch.randn(1, 3, CANVAS, CANVAS, generator=generator).requires_grad_()
        value = image
        for layer in range(LAYERS):
            fan_in = 9 * value.shape[1]
            weight = torch.randn(WIDTH, value.shape[1], 3, 3, generator=generator) * (2 / fan_in) ** 0.5
            value = F.conv2d(F.relu(value) if layer else value, weight, padding=1)
        unit_value = value[(0, slice(None), *unit.index)].sum()
        total += torch.autograd.grad(unit_value, image)[0].double().square().sum((0, 1))
    theirs = time.perf_counter() - start
    found = agreement(maps[0].values, total.sqrt().numpy())
    print(f"closed_form, {LAYERS} layers of {WIDTH} channels, {CANVAS} x {CANVAS}")
    print(f"  ours               {ours * 1e3:8.1f} ms, rewriting the network included")
    print(f"  {DRAWS} draws          {theirs * 1e3:8.0f} ms: {theirs / ours:,.0f} times ours")
    print(f"  correlation        {found['correlation']:8.5f}")


def _chain() -> Any:
    from api_schemas.spec import LayerSpec

    layers: list[dict[str, Any]] = []
    for _ in range(LAYERS - 1):
        layers += [{"type": "conv", "kernel": 3, "padding": "same", "channels": WIDTH}, {"type": "relu"}]
    layers.append({"type": "conv", "name": "out", "kernel": 3, "padding": "same", "channels": WIDTH})
    return LayerSpec.model_validate({"input": [1, 3, CANVAS, CANVAS], "layers": layers})


if __name__ == "__main__":
    main()
