"""constant_forward (seed 000): the map over input pixels of a unit's response to an impulse at each.

All weights are one positive constant, biases zero, norms and activations the identity, max pooling the average. The
network is then linear, so the responses to all impulses are one gradient.
"""

import numpy as np

from api_schemas.request import ConstantForwardOptions
from rfengine.errors import NotEstimable
from rfengine.estimators.analytic import Fields
from rfengine.estimators.erf import ErfMap, Unit, check_support, value_of, zero_inputs
from rfengine.runtime.policies import linearised


def constant_forward(fields: Fields, unit: Unit, options: ConstantForwardOptions) -> ErfMap:
    """The constant-forward map of one unit.

    Returns:
        A map over the image, summed over input and output channels, up to the power of two named in its policy.

    Raises:
        NotEstimable: the network has a node that is not linear under these rules, or the response is not finite.
        SelfCheckFailed: the map reaches outside the theoretical field.
    """
    import torch

    from rfengine.runtime.precision import in_precision
    from rfengine.runtime.program import Program

    linear = linearised(fields.graph.between_inputs_and((unit.target,)), weight=options.weight)
    graph = in_precision(linear.graph, options.dtype)
    inputs = {name: torch.from_numpy(array) for name, array in zero_inputs(graph).items()}
    image = inputs[unit.source].requires_grad_()
    response = value_of(Program(graph)({**inputs, unit.source: image})[unit.target], fields, unit)
    (gradient,) = torch.autograd.grad(response, image)
    values = gradient.sum((0, 1)).numpy().astype(np.float64)
    if not np.isfinite(values).all():
        raise NotEstimable(
            f"constant_forward: unit {list(unit.index)} of '{unit.target}': the response is not finite in "
            f"{options.dtype} with weight {options.weight}; use dtype float64 or a weight nearer to 1 / fan-in"
        )
    erf = ErfMap(
        unit,
        values,
        inputs={"kind": "impulse"},
        policy={
            "weights": "constant",
            "weight": options.weight,
            "biases": "zero",
            "activations": "identity",
            "max_pool": "average",
            "norm": "identity",
            "gates": "one",
            "dtype": options.dtype,
            "scaled_by": f"2**{-linear.exponents[unit.target]}",
        },
    )
    check_support(erf, options.dtype)
    return erf
