"""constant_forward (seed 000): the network with all weights one positive constant and biases zero.

`backward`, the default: norms and activations the identity and max pooling the average, so that the network is linear
and one backward pass gives a unit's response to an impulse at every pixel. `forward`: an impulse in the image and the
spot that it makes on the target, which the seed looked at, with what is not linear left in place where asked for.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod
from typing import Any

import numpy as np

from api_schemas.erf import ConstantForwardOptions, Policy
from api_schemas.initialisers import Constant
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import ErfMap, Subject, Unit, check_support
from rfengine.estimators.linear import Runnable, impulse_responses, runnable
from rfengine.estimators.units import seen_by, units_of
from rfengine.graph import Graph
from rfengine.runtime.policies import Rescaled, has_norms, rescaled, with_policy, without_affine, without_norms
from rfengine.runtime.precision import in_precision


def constant_forward(subject: Subject, units: Sequence[Unit], options: ConstantForwardOptions) -> list[ErfMap]:
    """The constant-forward maps of units of one target.

    Returns:
        Per unit a map over the image, summed over input and output channels, up to the power of two that its policy
        names.

    Raises:
        BadInput: the network does not take the canvas that is asked for, or leaves no unit of the target there.
        NotEstimable: a node is not linear under these rules (`backward`), the target's stride is not 1 (`forward`),
            there is no norm to train, or the response is zero or not finite.
        SelfCheckFailed: a map reaches outside the theoretical field.
    """
    if options.canvas is not None and options.canvas != units[0].canvas:
        subject = _on_canvas(subject, units[0].target, options.canvas)
        units = units_of(subject.fields, units[0].target, options.units)
    return (_spots if options.direction == "forward" else _responses)(subject, units, options)


def constant_network(graph: Graph, options: ConstantForwardOptions) -> Graph:
    """The network under the options: constant weights, and without what is to be the identity.

    Raises:
        NotEstimable: an output depends on a node that the policy has no answer for, or there is no norm to train.
    """
    if options.preset is not None and options.norm == "training" and not has_norms(graph):
        raise NotEstimable(
            f"constant_forward: preset '{options.preset}' asks for norm 'training', but there is no normalisation "
            'before the target; give "norm": "evaluation" beside the preset (or, where an exporter has folded the '
            "norms into the convolutions, export again with training=TrainingMode.PRESERVE)"
        )
    graph = in_precision(graph, "float64")
    if options.norm == "identity":
        graph = without_affine(without_norms(graph))
    policy = Policy(
        weights=Constant(value=options.weight),
        activations=options.activations,
        max_pool=options.max_pool,
        norm=options.norm,
    )
    return with_policy(graph, policy, seed=0)


def _responses(subject: Subject, units: Sequence[Unit], options: ConstantForwardOptions) -> list[ErfMap]:
    fields, target = subject.fields, units[0].target
    linear = rescaled(constant_network(fields.graph.between_inputs_and((target,)), options))
    network = _runnable(linear.graph, target, options)
    maps = impulse_responses(network, fields, units)
    found = []
    for unit, values in zip(units, maps, strict=True):
        policy = _policy(options, network, linear, target)
        erf = ErfMap(unit, values, inputs={"kind": "impulse", "direction": "backward"}, policy=policy)
        _check_response(erf, linear.graph, options)
        check_support(erf, options.dtype)
        found.append(erf)
    return found


def _spots(subject: Subject, units: Sequence[Unit], options: ConstantForwardOptions) -> list[ErfMap]:
    import torch

    fields, target = subject.fields, units[0].target
    if fields.extent(target) != fields.canvas(units[0].source):
        raise NotEstimable(
            f"constant_forward: direction 'forward' reads the spot on the target's own grid, but '{target}' has "
            f"{_shown(fields.extent(target))} units for an image of {_shown(units[0].canvas)} px; "
            "name a target of the image's size, or ask for direction 'backward'"
        )
    graph = constant_network(fields.graph.between_inputs_and((target,)), options)
    network = _runnable(graph, target, options)
    found = []
    for unit in units:
        image = network.image(unit.source)
        pixel: tuple[Any, ...] = (..., *unit.index)
        image[pixel] = 1
        with torch.inference_mode():
            spot = network.summed(network.run(unit.source, image), fields.places(target, unit.source))
        centred = replace(unit, centre=tuple(i + 0.5 for i in unit.index))
        policy = _policy(options, network, None, target)
        inputs = {"kind": "impulse", "direction": "forward", "pixel": list(unit.index), "value": 1}
        erf = ErfMap(centred, spot.double().cpu().numpy(), inputs=inputs, policy=policy, support_checked=False)
        _check_response(erf, graph, options)
        found.append(erf)
    return found


def _runnable(graph: Graph, target: str, options: ConstantForwardOptions) -> Runnable:
    from rfengine.runtime.device import resolve

    device = resolve(options.device)
    linear, collapse = options.direction == "backward", options.collapse == "auto"
    return runnable(graph, target, dtype=options.dtype, device=device, collapse=collapse, linear=linear)


def _on_canvas(subject: Subject, target: str, canvas: tuple[int, ...]) -> Subject:
    """The same model on an image of another size."""
    source, _ = seen_by(subject.fields, target)
    shape = subject.fields.graph.shape(source)
    if len(canvas) != len(shape) - 2 or subject.resized is None:
        raise BadInput(
            f"constant_forward: canvas {list(canvas)} does not fit the input '{source}' {list(shape)}; "
            "give one length per spatial axis"
        )
    return replace(subject, fields=receptive_fields(subject.resized((*shape[:2], *canvas))))


def _policy(options: ConstantForwardOptions, network: Runnable, linear: Rescaled | None, target: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "weights": "constant",
        "weight": options.weight,
        "biases": "zero",
        "activations": options.activations,
        "max_pool": options.max_pool,
        "norm": options.norm,
        "gates": "one" if options.activations == "identity" else "model",
        "dtype": options.dtype,
        "device": network.device,
        "collapse": network.how,
    }
    if options.preset is not None:
        found["preset"] = options.preset
    if linear is not None:
        found["scaled_by"] = f"2**{-linear.exponents[target]}"
    return found


def _check_response(erf: ErfMap, graph: Graph, options: ConstantForwardOptions) -> None:
    where = f"constant_forward: unit {list(erf.unit.index)} of '{erf.unit.target}'"
    if not np.isfinite(erf.values).all():
        raise NotEstimable(
            f"{where}: the response is not finite in {options.dtype} with weight {options.weight}; "
            "use dtype float64 or a weight nearer to 1 / fan-in"
        )
    if not erf.values.any():
        canvas = f"image of {_shown(erf.unit.canvas)} px"
        raise NotEstimable(f"{where}: the response is zero on the whole {canvas}: {_why_zero(graph, options)}")


def _why_zero(graph: Graph, options: ConstantForwardOptions) -> str:
    """The likely reason, and the way out."""
    norms = [(node, graph.shape(node.inputs[0])) for node in graph.nodes if node.op == "BatchNormalization"]
    single = [str(node) for node, shape in norms if prod(shape) == shape[1]]
    if options.norm == "training" and single:
        return (
            f"{single[0]} has one value per channel left, and in training mode that value less its mean is zero; "
            'give "norm": "evaluation", or a larger canvas'
        )
    if options.direction == "forward":
        return (
            f"it is too small for {options.dtype} with weight {options.weight}, or a norm over equal channels or an "
            "activation makes it zero; use a weight nearer to 1 / fan-in, or direction 'backward', which is linear"
        )
    return "no path leads from a pixel to it, or branches cancel; name another unit or an earlier target"


def _shown(lengths: Sequence[int] | None) -> str:
    return " x ".join(map(str, lengths or ()))
