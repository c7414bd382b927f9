"""The estimators of effective receptive fields, by analysis: what runs, by which options, and a picture's caption."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from api_schemas.catalogue import Analysis
from api_schemas.erf import ClosedFormOptions, ConstantForwardOptions, GradientOptions
from api_schemas.request import AnalyzeRequest
from rfengine.estimators.closed_form import closed_form
from rfengine.estimators.constant_forward import constant_forward
from rfengine.estimators.erf import ErfMap, Subject, Unit
from rfengine.estimators.gradient import gradient

Options = ConstantForwardOptions | GradientOptions | ClosedFormOptions


@dataclass(frozen=True)
class Estimator:
    """An estimator as the analysis runs it: `run(subject, units of one target, options)` gives a map per unit."""

    run: Callable[[Subject, Sequence[Unit], Any], list[ErfMap]]
    options: Callable[[AnalyzeRequest], Options]
    caption: Callable[[Any], str]


def _of_gradient(options: GradientOptions) -> str:
    weights = options.policy.weights
    drawn = "" if weights == "model" else f", {options.draws} draws of {weights.name} weights"
    return f"gradient, {options.reduction} over {options.images} {options.inputs} images{drawn}"


ESTIMATORS: Mapping[Analysis, Estimator] = MappingProxyType(
    {
        Analysis.CONSTANT_FORWARD: Estimator(
            constant_forward,
            lambda request: request.constant_forward,
            lambda options: f"constant forward, all weights {options.weight:g}",
        ),
        Analysis.GRADIENT: Estimator(gradient, lambda request: request.gradient, _of_gradient),
        Analysis.CLOSED_FORM: Estimator(
            closed_form,
            lambda request: request.closed_form,
            lambda options: f"closed form, {options.weights.name} weights",
        ),
    }
)
