"""Published and independently measured figures of effective receptive fields: data/erf.json, every exact one compared.

The chains are the no-pool nets of the zoo, on an image that holds the whole theoretical field.
"""

from collections.abc import Iterator, Mapping
from math import sqrt
from typing import Any

import numpy as np

from api_schemas import zoo
from api_schemas.approximations import Approximations
from api_schemas.erf import ConstantForwardOptions
from api_schemas.initialisers import Constant
from api_schemas.report import Metrics, TensorField
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.approximations import approximations
from rfengine.estimators.constant_forward import constant_forward
from rfengine.estimators.erf import ErfMap, Subject
from rfengine.estimators.units import units_of
from rfengine.graph import Graph, Shape
from rfengine.metrics import measure
from rfengine.onnx_import import import_onnx
from rfengine.oracles.finding import Finding
from rfengine.oracles.published import published
from rfengine.oracles.registry import Family, register
from rfengine.spec_import import compile_spec

FILE = "erf.json"
TARGET = "out"
ROUNDING = 1e-6  # the file gives sigma to six decimals
TO_FOUR = 1e-4  # and sizes to four

# The seed's network, in evaluation mode on a canvas that clips nothing.
UNCLIPPED = ConstantForwardOptions(
    dtype="float32", direction="forward", activations="model", max_pool="model", norm="evaluation", canvas=(512, 512)
)


def findings() -> Iterator[Finding]:
    """Luo's uniform chains and slopes, the seed's depth series at its level, and its ResNet-50 on two canvases."""
    read = published(FILE)
    level = read["seed000_level"]["level"]
    chains: dict[int, Metrics] = {}
    for row in read["luo_uniform_3x3"]["rows"]:
        layers = row[0]
        erf, chains[layers] = _chain(layers, 0.5)
        yield from _uniform_chain(erf, chains[layers], *row)
    yield from _slopes(read["luo_paper_slopes"], chains)
    for layers, radius in read["seed000_level"]["constant_forward_radius"]["rows"]:
        _, metrics = _chain(layers, level)
        found = metrics.radius_px.axis[str(level)]
        yield Finding("constant weights", f"{layers} conv3", f"radius at {level}", radius, found)
    yield from _resnet50(read["seed000_resnet50"], level)


def _uniform_chain(
    erf: ErfMap, metrics: Metrics, layers: int, field: int, sigma: float, pixels: int, size: float
) -> Iterator[Finding]:
    mass = erf.values.sum(1)
    centre = erf.unit.centre[0]
    spread = sqrt(sum(m * (i + 0.5 - centre) ** 2 for i, m in enumerate(mass)) / mass.sum())
    group, place = "uniform chain", f"{layers} conv3"
    yield Finding(group, place, "theoretical size", field, erf.unit.trf[0])
    yield Finding(group, place, "sigma", sigma, spread, ROUNDING)
    yield Finding(group, place, "sigma, by formula", sigma, _clt(layers), ROUNDING)
    yield Finding(group, place, "pixels above 4.55 %", pixels, metrics.luo_pixels)
    yield Finding(group, place, "Luo size", size, metrics.luo_size, TO_FOUR)


def _slopes(paper: Mapping[str, float], chains: Mapping[int, Metrics]) -> Iterator[Finding]:
    """The paper's slopes over layers in logarithms, of random weights, beside those of the uniform chains."""
    place = f"uniform, {min(chains)} to {max(chains)} conv3"
    for figure, expected, sizes in (
        ("size over layers", paper["erf_size_vs_layers"], [metrics.luo_size for metrics in chains.values()]),
        ("share over layers", paper["erf_over_trf_vs_layers"], [metrics.share_of_trf for metrics in chains.values()]),
    ):
        slope = float(np.polyfit(np.log(list(chains)), np.log(sizes), 1)[0])
        yield Finding("slopes in logarithms, not compared", place, figure, expected, slope, compared=False)


def _resnet50(row: dict[str, Any], level: float) -> Iterator[Finding]:
    name = "fcn_resnet50"
    subject = Subject(_fields(name, (1, 1, 256, 256)), lambda shape: _graph(name, shape))
    for key, options in (
        ("train_bn_256", ConstantForwardOptions(preset="seed000", levels=(level,))),
        ("eval_bn_512", UNCLIPPED.model_copy(update={"levels": (level,)})),
    ):
        (erf,) = constant_forward(subject, units_of(subject.fields, TARGET, options.units), options)
        found = _measured(erf, level).radius_px.axis[str(level)]
        yield Finding(name, key, f"radius at {level}", row[key], found)


def _chain(layers: int, level: float) -> tuple[ErfMap, Metrics]:
    side = 2 * layers + 3
    fields = _fields(f"nopool-{layers}", (1, 1, side, side))
    options = ConstantForwardOptions()
    (erf,) = constant_forward(Subject(fields), units_of(fields, TARGET, options.units), options)
    return erf, _measured(erf, level)


def _clt(layers: int) -> float:
    """The standard deviation by the formula for box kernels."""
    side = 2 * layers + 3
    fields = _fields(f"nopool-{layers}", (1, 1, side, side))
    entry = analytic_report(fields, formulas=approximations(fields, level=0.5)).tensors[TARGET]
    assert isinstance(entry, TensorField)
    assert isinstance(entry.approximations, Approximations)
    return entry.approximations.clt_sigma[0]


def _measured(erf: ErfMap, level: float) -> Metrics:
    return measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=(level,))


def _fields(name: str, shape: Shape) -> Fields:
    return receptive_fields(_graph(name, shape))


def _graph(name: str, shape: Shape) -> Graph:
    spec = zoo.build(name, input_shape=shape).model_copy(update={"init": Constant()})
    return import_onnx(compile_spec(spec, name=name).SerializeToString(), targets=(TARGET,)).graph


register(
    Family(
        name="effective",
        title="Effective receptive fields",
        source="Luo et al. 2016 and seed 000, worked out independently",
        findings=findings,
        note="In px. The paper's slopes, of 20 runs with random weights, are shown and not compared, since it does not "
        "say which networks they are of; docs/studies/luo-growth.md has those of random networks. The seed's ResNet-50 "
        "has its norms in training mode, so that its radius depends on the canvas.",
        extra="torch",
    )
)
