"""gradient (Luo et al. 2016, https://arxiv.org/abs/1701.04128): |d y_unit / d x|, averaged over input images.

Absolute values or squares are taken before averaging, because signed maps cancel. The map is an amplitude: mean |g|
(`abs`) or the root of the mean square (`rms`).
"""

import numpy as np

from api_schemas.request import GradientOptions
from rfengine.errors import NotEstimable
from rfengine.estimators.analytic import Fields
from rfengine.estimators.erf import ErfMap, Unit, check_support, value_of, zero_inputs


def gradient(fields: Fields, unit: Unit, options: GradientOptions) -> ErfMap:
    """The gradient map of one unit with the model's own weights, on standard-normal noise.

    The unit's value is the sum over its channels; the map sums |g| (or g squared) over input channels.

    Raises:
        NotEstimable: the gradient is zero or not finite; the message says why and what answers instead.
        SelfCheckFailed: the map reaches outside the theoretical field.
    """
    import torch

    from rfengine.runtime.precision import in_precision
    from rfengine.runtime.program import Program

    graph = in_precision(fields.graph.between_inputs_and((unit.target,)), options.dtype)
    dtype = getattr(torch, options.dtype)
    program = Program(graph)
    others = {name: torch.from_numpy(array) for name, array in zero_inputs(graph).items()}
    generator = torch.Generator().manual_seed(options.seed)
    shape = graph.shape(unit.source)
    total = torch.zeros(unit.canvas, dtype=torch.float64)
    for _ in range(options.images):
        image = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
        y = value_of(program({**others, unit.source: image})[unit.target], fields, unit)
        (g,) = torch.autograd.grad(y, image)
        g = g.double()
        total += (g.abs() if options.reduction == "abs" else g.square()).sum((0, 1))
    values = (total / options.images).numpy()
    erf = ErfMap(
        unit,
        np.sqrt(values) if options.reduction == "rms" else values,
        inputs={"kind": "noise", "distribution": "standard normal", "images": options.images, "seed": options.seed},
        policy={
            "weights": "real",
            "activations": "real",
            "max_pool": "max",
            "norm": "evaluation",
            "dtype": options.dtype,
            "reduction": options.reduction,
            "unit_channels": "sum",
        },
        support_checked=unit.local,
    )
    _check_alive(erf, options)
    if erf.support_checked:
        check_support(erf, options.dtype)
    return erf


def _check_alive(erf: ErfMap, options: GradientOptions) -> None:
    where = f"gradient: unit {list(erf.unit.index)} of '{erf.unit.target}'"
    if not np.isfinite(erf.values).all():
        raise NotEstimable(f"{where}: the gradient is not finite in {options.dtype}; use dtype float64")
    if not erf.values.any():
        raise NotEstimable(
            f"{where}: the gradient is zero on all {options.images} images (dead ReLUs or saturated activations); "
            "ask for 'constant_forward', which does not depend on the activations"
        )
