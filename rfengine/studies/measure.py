"""One run to its figures: the theoretical field, the effective one where there is one, and what was given."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from math import prod
from typing import Any

from api_schemas.catalogue import Analysis
from api_schemas.study_cells import TheoryOptions
from api_schemas.study_parts import Scalar
from api_schemas.trained import TrainedOptions
from rfengine.errors import MissingExtra
from rfengine.estimators.analytic import Fields
from rfengine.estimators.erf import Unit
from rfengine.estimators.registry import ESTIMATORS
from rfengine.estimators.units import units_of
from rfengine.metrics import measure
from rfengine.studies.expand import Run
from rfengine.studies.network import Networks

# A tree of figures: what measures' paths lead through.
Findings = Mapping[str, Any]


def findings(run: Run, networks: Networks, given: Mapping[str, Scalar]) -> Findings:
    """What one run finds.

    Raises:
        NotEstimable: the estimator has no answer for the network.
        BadInput: the network cannot be built, or the unit does not exist.
        MissingExtra: the estimator needs torch, which is not installed.
    """
    studied, options = networks.of(run.setting), run.setting.options
    (unit,) = units_of(studied.subject.fields, studied.target, options.units)
    found = {"given": given, "trf": geometric_mean(unit.trf), "field": _field(studied.subject.fields, unit)}
    if isinstance(options, TheoryOptions):
        return found
    if find_spec("torch") is None:
        raise MissingExtra.named("torch", "effective receptive fields")
    if isinstance(options, TrainedOptions):
        from rfengine.studies.trained import trained

        return {**found, **trained(run.setting, options, studied)}
    (erf,) = ESTIMATORS[Analysis(run.setting.estimator)].run(studied.subject, [unit], options)
    unit = erf.unit
    metrics = measure(erf.values, centre=unit.centre, trf=unit.trf, levels=options.levels)
    return {**found, "policy": dict(erf.policy), **metrics.model_dump(mode="json")}


def geometric_mean(sizes: Sequence[int]) -> float:
    """The side of a square, cube, ... of the same content."""
    return float(prod(sizes) ** (1 / len(sizes)))


def _field(fields: Fields, unit: Unit) -> dict[str, Any]:
    tracks = fields.spatial(unit.target)[unit.source]
    return {
        "size": list(unit.trf),
        "stride": [track.map.p / track.map.q for track in tracks],
        "centre": list(unit.centre),
        "canvas": list(unit.canvas),
    }
