"""Pictures of the depth series that a study's own figures do not show: profiles over depth, radius over root of depth.

python -m benchmarks.depth_profiles RESULT FOLDER

RESULT is what `rfengine study depth-series` wrote; the maps are computed anew, on images that just hold the field.
"""

import json
import sys
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path
from typing import Any, Literal

import numpy as np

from api_schemas import zoo
from api_schemas.erf import ClosedFormOptions, ConstantForwardOptions, GradientOptions, Policy
from api_schemas.initialisers import Constant, Decomposed, Shifted
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.closed_form import closed_form
from rfengine.estimators.constant_forward import constant_forward
from rfengine.estimators.erf import ErfMap, Subject
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import units_of
from rfengine.metrics import Curve
from rfengine.onnx_import import import_onnx
from rfengine.plots import DepthProfile, PowerLaw, Series, Study, depth_profiles, study, style
from rfengine.spec_import import compile_spec

LEVEL = 0.0012
SEEDS_CURVE = PowerLaw(3.0, 0.5)
Estimate = Callable[[Subject], ErfMap]


def subject(depth: int) -> Subject:
    """The net of a depth on an image that holds the whole field of its centre unit."""
    side = 2 * depth + 3
    spec = zoo.build(f"nopool-{depth}", input_shape=(1, 1, side, side)).model_copy(update={"init": Constant()})
    model = compile_spec(spec, name=f"nopool-{depth}").SerializeToString()
    return Subject(receptive_fields(import_onnx(model, targets=("out",)).graph))


def with_constant_weights(net: Subject) -> ErfMap:
    options = ConstantForwardOptions()
    return constant_forward(net, units_of(net.fields, "out", options.units), options)[0]


def with_shifted_weights(net: Subject) -> ErfMap:
    options = ClosedFormOptions(weights=Shifted())
    return closed_form(net, units_of(net.fields, "out", options.units), options)[0]


def decomposed(order: Literal["seed", "balanced"], dtype: Literal["float32", "float64"]) -> Estimate:
    """The linear product of the decomposed kernels."""

    def estimate(net: Subject) -> ErfMap:
        policy = Policy(activations="identity", weights=Decomposed(noise=0, order=order))
        options = GradientOptions(dtype=dtype, images=1, policy=policy)
        return gradient(net, units_of(net.fields, "out", options.units), options)[0]

    return estimate


def upwards(erf: ErfMap, depth: int, label: str) -> DepthProfile:
    """The map from the unit's centre to the top of its image, as shares of its maximum."""
    row, column = (int(centre) for centre in erf.unit.centre)
    line = erf.values[row::-1, column] / erf.values.max()
    return DepthProfile(label, depth, Curve(np.arange(len(line), dtype=float), line))


def profiles(
    estimate: Estimate, depths: Sequence[int], *, title: str, note: str, guide: PowerLaw | None = None, decades: int = 3
) -> bytes:
    """PNG of the profiles of nets of several depths."""
    layers = [upwards(estimate(subject(depth)), depth, f"nopool-{depth}") for depth in depths]
    return style.png(depth_profiles(layers, title=title, notes=[note], levels=(LEVEL,), guide=guide, decades=decades))


def over_root(rows: Sequence[dict[str, Any]], names: Sequence[str]) -> bytes:
    """PNG of the radius over the root of the depth, where 3 sqrt(N) is a straight line."""
    series = []
    for name in names:
        points = [
            (sqrt(row["parameters"]["depth"]), row["measures"]["radius"]) for row in rows if row["series"] == name
        ]
        errors = [radius.get("standard_error") or 0.0 for _, radius in points]
        radii = [radius["mean"] for _, radius in points]
        series.append(Series(name, [root for root, _ in points], radii, errors if any(errors) else None))
    shown = Study(
        f"Radius at {LEVEL} over the root of the depth", "√N, N convolutions 3x3", "radius, px", series,
        ["nets without pooling, ReLU; bars are one standard error over draws"],
        guides={"3 · √N": PowerLaw(3.0, 1.0), "3 · √(2N)": PowerLaw(3.0 * sqrt(2), 1.0)},
    )  # fmt: skip
    return style.png(study(shown))


def main() -> None:
    """Draw all of them."""
    result, folder = Path(sys.argv[1]), Path(sys.argv[2])
    rows = json.loads(result.read_text(encoding="utf-8"))["rows"]
    pictures = {
        "depth-series-root.png": over_root(rows, ("constant", "Xavier, limit of all draws", "Xavier, ten draws")),
        "depth-series-constant-profiles.png": profiles(
            with_constant_weights, range(1, 193, 4), title="Constant weights: profile over depth", guide=SEEDS_CURVE,
            note="constant_forward, from the unit's centre upwards; every fourth depth up to 189", decades=5,
        ),
        "depth-series-shifted-profiles.png": profiles(
            with_shifted_weights, range(1, 66, 2), title="Shifted initialiser: profile over depth",
            note="closed_form, from the unit's centre upwards; every second depth up to 65", decades=5,
        ),
        "depth-series-decomposed-profiles.png": profiles(
            decomposed("seed", "float32"), range(2, 25, 2),
            title="Decomposed initialiser in float32: profile over depth",
            note="gradient, 16 maps, the seed's order, no noise, no ReLU; from the unit's centre upwards",
        ),
        "depth-series-balanced-profiles.png": profiles(
            decomposed("balanced", "float32"), range(2, 65, 2),
            title="Decomposed initialiser in balanced order, float32: profile over depth",
            note="gradient, 16 maps, balanced order, no noise, no ReLU; from the unit's centre upwards",
        ),
    }  # fmt: skip
    for name, png in pictures.items():
        (folder / name).write_bytes(png)


if __name__ == "__main__":
    main()
