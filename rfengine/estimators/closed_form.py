"""closed_form: the gradient map at random initialisation, in the limit of infinitely many draws.

The variance of the gradient goes backwards through a network of its own (rfengine.runtime.variance), which is linear
and has equal channels: one channel, milliseconds. The map is the square root: an amplitude, as `gradient` gives it.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from api_schemas.erf import ClosedFormOptions, GradientOptions, Policy
from api_schemas.initialisers import Constant
from rfengine.errors import NotEstimable
from rfengine.estimators.erf import ErfMap, Subject, Unit, check_support
from rfengine.estimators.gradient import gradient
from rfengine.estimators.linear import Runnable, impulse_responses, runnable
from rfengine.graph import Array, Graph
from rfengine.runtime.policies import has_norms, rescaled, with_policy
from rfengine.runtime.precision import in_precision
from rfengine.runtime.variance import Variance, variance_network


def closed_form(subject: Subject, units: Sequence[Unit], options: ClosedFormOptions) -> list[ErfMap]:
    """The closed-form maps of units of one target.

    Returns:
        Per unit a map over the image: the root of the summed variance of the gradient of the unit's summed channels by
        every input channel, up to a factor. With `monte_carlo` its policy holds the agreement with such a run.

    Raises:
        NotEstimable: a node has no rule, the weights are not independent with mean zero, or the variance is not finite.
        SelfCheckFailed: a map reaches outside the theoretical field.
    """
    from rfengine.runtime.device import resolve

    fields, target = subject.fields, units[0].target
    variance = variance_network(initial_network(fields.graph.between_inputs_and((target,)), options), options)
    device = resolve(options.device)
    network = runnable(rescaled(variance.graph).graph, target, dtype=options.dtype, device=device, collapse=True)
    echoed = _policy(options, network, variance)
    found = []
    for unit, values in zip(units, impulse_responses(network, fields, units), strict=True):
        if not np.isfinite(values).all() or not values.any():
            raise NotEstimable(
                f"closed_form: unit {list(unit.index)} of '{target}': the variance of the gradient is "
                f"{'not finite' if values.any() else 'zero'} in {options.dtype}; use dtype float64, or an initialiser "
                "that keeps the signal's scale (he)"
            )
        erf = ErfMap(unit, np.sqrt(values), {"kind": "standard normal, in the limit"}, echoed, unit.local)
        if erf.support_checked:
            check_support(erf, options.dtype)
        found.append(erf)
    return _compared(subject, found, options) if options.monte_carlo else found


def initial_network(graph: Graph, options: ClosedFormOptions) -> Graph:
    """The network before training, under the options: no bias, norms as they start or none."""
    norm: Literal["identity", "evaluation"] = "identity" if options.norm == "identity" else "evaluation"
    # Any weights will do, since their variances take their place.
    policy = Policy(weights=Constant(), activations=options.activations, norm=norm)
    return with_policy(in_precision(graph, "float64"), policy, seed=0)


def _policy(options: ClosedFormOptions, network: Runnable, variance: Variance) -> dict[str, Any]:
    """What a map was got by, for its entry."""
    return {
        "weights": options.weights.model_dump(exclude={"seed"}),
        "biases": "zero",
        "activations": options.activations,
        "max_pool": "each tap with equal chance",
        "norm": "by the predicted deviation" if options.norm == "training" else options.norm,
        "dtype": options.dtype,
        "device": network.device,
        "collapse": network.how,
        "neglected": list(variance.neglected),
    }


def _compared(subject: Subject, maps: list[ErfMap], options: ClosedFormOptions) -> list[ErfMap]:
    """The maps with their agreement with draws of the real network."""
    graph = subject.fields.graph.between_inputs_and((maps[0].unit.target,))
    norm = options.norm if has_norms(graph) or options.norm != "training" else "evaluation"
    drawn = GradientOptions(
        dtype="float32",
        device=options.device,
        policy=Policy(weights=options.weights, activations=options.activations, norm=norm),
        images=1,
        draws=options.monte_carlo,
        reduction="rms",
        seed=options.weights.seed,
    )
    runs = gradient(subject, [erf.unit for erf in maps], drawn)
    return [
        ErfMap(
            erf.unit,
            erf.values,
            erf.inputs,
            {**erf.policy, "monte_carlo": {"draws": options.monte_carlo, **agreement(erf.values, run.values)}},
            erf.support_checked,
        )
        for erf, run in zip(maps, runs, strict=True)
    ]


def agreement(one: Array, other: Array) -> dict[str, float]:
    """Pearson's correlation of two maps over the pixels where either is not zero, and their largest difference.

    The difference is that of the maps divided by their sums, as a share of the first one's maximum.
    """
    either = (one != 0) | (other != 0)
    a, b = one[either] / one.sum(), other[either] / other.sum()
    return {
        "correlation": float(np.corrcoef(a, b)[0, 1]) if a.size > 1 else 1.0,
        "largest_difference": float(np.abs(a - b).max() / a.max()),
    }
