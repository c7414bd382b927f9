"""How deep the decomposed initialiser stays flat: depth x order of the factors x arithmetic, against exact ones.

python -m benchmarks.decomposed_precision [--json FILE] [--plots FOLDER]

N kernels outer(v, v), v = (1, -2 cos(k phi), 1), multiply to (2N + 1) x (2N + 1) ones: an identity, so that the exact
profile is one everywhere. One channel, no noise, no decay, no ReLU: what is measured is rounding alone. Then the same
through the engine: `gradient` on the zoo's nets of 16 maps, with the decay of 0.9 that leaves no tap a whole number.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import mpmath
import numpy as np

from api_schemas.initialisers import Decomposed
from benchmarks.arithmetics import Arithmetic, Array, ByAxes, Doubles, FixedPoint, Floating
from benchmarks.depth_profiles import decomposed, subject, upwards
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import Subject
from rfengine.initialisers import Layer, draw, generator_of, placed
from rfengine.runtime.precision import in_precision

BITS = 300
BROKEN = 0.1
DEPTHS = (4, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48, 64, 96, 128)
DEEPEST = DEPTHS[-1]
ORDERS = ("natural", "seed", "balanced")

ARITHMETICS: dict[str, Arithmetic] = {
    "float32": Floating(np.float32, np.float32, np.float32),
    "float32, compensated": Floating(np.float32, np.float64, np.float32),
    "float32, by axes": ByAxes(np.float32),
    "float64, weights of float32": Floating(np.float64, np.float64, np.float32),
    "float64": Floating(np.float64, np.float64, np.float64),
    "float64, compensated": Doubles(kept=1),
    "float64, by axes": ByAxes(np.float64),
    "80 bits": Floating(np.longdouble, np.longdouble, np.longdouble),
    "double-double": Doubles(),
    "256 bits, fixed point": FixedPoint(256),
}
# Slow, and nowhere near breaking: a few depths in place of all.
SPARSE = ("256 bits, fixed point",)

# Through the engine: the precision of the run, and of the graph that the weights are drawn into.
RUNS = {
    "float32": ("float32", "float32"),
    "float64, weights drawn in float32": ("float64", "float32"),
    "float64": ("float64", "float64"),
}
NET_DEPTHS = tuple(range(2, 65, 2))


def factor_order(depth: int, order: str) -> list[int]:
    """The k of each layer, read from the kernels that the initialiser draws; `natural` is k = 1 ... N."""
    if order == "natural":
        return list(range(1, depth + 1))
    init = Decomposed(noise=0, decay=1, order=order)
    cosines = -2 * np.cos(2 * np.pi * np.arange(1, depth + 1) / (2 * depth + 1))
    layers = placed(Layer.of_stored(f"conv{i}", (1, 1, 3, 3), 9, 9) for i in range(depth))
    edges = [draw(init, layer, generator_of(0, layer.name))[0, 0, 0, 1] for layer in layers]
    return [int(np.abs(cosines - edge).argmin()) + 1 for edge in edges]


def lines(depth: int, order: str) -> list[Array]:
    """The factors along an axis in an order, to 300 bits."""
    phi = 2 * mpmath.pi / (2 * depth + 1)
    one = mpmath.mpf(1)
    return [np.array([one, -2 * mpmath.cos(k * phi), one], object) for k in factor_order(depth, order)]


def error(depth: int, order: str, arithmetic: Arithmetic) -> float:
    """The largest error of the profile, as a share of the exact maximum."""
    image = arithmetic.start
    for line in lines(depth, order):
        image = arithmetic.layer(image, line)
    return arithmetic.error(image)


def errors(order: str, name: str) -> dict[int, float]:
    """By depth, until it is broken for good."""
    depths = DEPTHS if name in SPARSE else range(1, DEEPEST + 1)
    return until_hopeless(lambda depth: error(depth, order, ARITHMETICS[name]), depths, hopeless=BROKEN * 1e6)


def unevenness(order: str, name: str) -> dict[int, float]:
    """By depth, 1 less the smallest over the largest value of a real net's profile, until it is broken for good."""
    run, weights = RUNS[name]
    estimate = decomposed(order, run)

    def uneven(depth: int) -> float:
        profile = upwards(estimate(drawn_in(weights, subject(depth))), depth, order).profile.value[: depth + 1]
        return float(1 - profile.min() / profile.max())

    return until_hopeless(uneven, NET_DEPTHS, hopeless=0.9)


def drawn_in(dtype: str, net: Subject) -> Subject:
    """The net in a precision before its weights are drawn."""
    return replace(net, fields=receptive_fields(in_precision(net.fields.graph, dtype)))


def until_hopeless(measure: Callable[[int], float], depths: Sequence[int], *, hopeless: float) -> dict[int, float]:
    """A figure by depth, up to the first depth where it is beyond hope."""
    found: dict[int, float] = {}
    for depth in depths:
        found[depth] = measure(depth)
        if found[depth] > hopeless:
            break
    return found


def lasts(found: dict[int, float]) -> int:
    """The depth up to which every error is at most a tenth."""
    return max((depth for depth in found if all(found[d] <= BROKEN for d in found if d <= depth)), default=0)


def factor_per_layer(found: dict[int, float]) -> float:
    """By which the error grows per layer: least squares of its logarithm over depths from 8 on."""
    points = [(depth, np.log(value)) for depth, value in found.items() if depth >= 8 and value > 0]
    return float(np.exp(np.polyfit(*np.array(points).T, 1)[0]))


def row(order: str, name: str) -> dict[str, Any]:
    """One line of the table of arithmetics."""
    found = errors(order, name)
    return {
        "order": order,
        "arithmetic": name,
        "lasts_to": lasts(found),
        "every_depth": name not in SPARSE,
        "factor_per_layer": float(f"{factor_per_layer(found):.3g}"),
        "errors": rounded(found, DEPTHS),
    }


def net_row(order: str, name: str) -> dict[str, Any]:
    """One line of the table of nets."""
    found = unevenness(order, name)
    return {"order": order, "run": name, "lasts_to": lasts(found), "unevenness": rounded(found, NET_DEPTHS)}


def rounded(found: Mapping[int, float], depths: Sequence[int]) -> dict[str, float]:
    """Two digits of the figures of some depths."""
    return {str(depth): float(f"{found[depth]:.2g}") for depth in depths if depth in found}


def lines_of(rows: Sequence[Mapping[str, Any]], kind: str, figure: str, depths: Sequence[int]) -> list[str]:
    """A table as Markdown."""
    text = [f"| order | {kind} | lasts to | {' | '.join(f'N = {depth}' for depth in depths)} |"]
    text.append("|---|---|" + "---:|" * (1 + len(depths)))
    for one in rows:
        values = (one[figure].get(str(depth)) for depth in depths)
        cells = " | ".join("" if value is None else f"{value:.2g}" for value in values)
        text.append(f"| {one['order']} | {one[kind]} | {one['lasts_to']} | {cells} |")
    return text


def tables(data: Mapping[str, Any]) -> str:
    """Both tables as Markdown."""
    arithmetics = lines_of(data["arithmetics"], "arithmetic", "errors", (8, 12, 16, 20, 32, 64, 128))
    nets = lines_of(data["nets"], "run", "unevenness", (8, 10, 12, 14, 16, 24, 32, 48, 64))
    return "\n".join([*arithmetics, "", *nets])


def main() -> None:
    """Print the table; write and draw it where asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="file to write the table to")
    parser.add_argument("--plots", type=Path, help="folder to draw the errors to")
    options = parser.parse_args()
    with mpmath.workprec(BITS), np.errstate(all="ignore"):
        data = {
            "broken_above": BROKEN,
            "deepest": DEEPEST,
            "arithmetics": [row(order, name) for order in ORDERS for name in ARITHMETICS],
            "nets": [net_row(order, name) for order in ("seed", "balanced") for name in RUNS],
        }
    print(tables(data))
    if options.json:
        options.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    if options.plots:
        from benchmarks.decomposed_precision_plot import draw

        for name, png in draw(data["arithmetics"]).items():
            (options.plots / name).write_bytes(png)


if __name__ == "__main__":
    main()
