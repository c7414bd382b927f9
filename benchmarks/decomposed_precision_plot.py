"""The errors of `benchmarks.decomposed_precision` as pictures: over depth, by arithmetic and by order."""

from collections.abc import Mapping, Sequence
from typing import Any

from rfengine.plots import PowerLaw, Series, Study, study, style

BROKEN = PowerLaw(0.1, 0.0)
# What lies above is as broken as can be, and what lies below is drawn in no arithmetic of a network.
SHOWN = (1e-33, 30.0)

BY_ARITHMETIC = (
    "float32", "float32, compensated", "float32, by axes", "float64", "float64, by axes", "80 bits", "double-double",
)  # fmt: skip
BY_ORDER = [(order, name) for name in ("float32", "float64") for order in ("natural", "seed", "balanced")]


def draw(rows: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """PNGs by file name."""
    errors = {(row["order"], row["arithmetic"]): row["errors"] for row in rows}
    notes = ["largest error of the axis profile; one channel, no noise, no decay, no ReLU; the exact profile is one"]
    return {
        "decomposed-arithmetic.png": _png(
            "The seed's order of the factors, by arithmetic",
            notes,
            [_series(name, errors["seed", name]) for name in BY_ARITHMETIC],
        ),
        "decomposed-order.png": _png(
            "Orders of the factors, in float32 and float64",
            notes,
            [_series(f"{name}, {order} order", errors[order, name]) for order, name in BY_ORDER],
        ),
    }


def _series(label: str, errors: Mapping[str, float]) -> Series:
    points = [(int(depth), value) for depth, value in errors.items() if SHOWN[0] < value < SHOWN[1]]
    return Series(label, [float(depth) for depth, _ in points], [value for _, value in points])


def _png(title: str, notes: Sequence[str], series: Sequence[Series]) -> bytes:
    shown = Study(
        title, "depth N, layers", "error, share of the maximum", series, notes,
        x_scale="log", y_scale="log", guides={"broken above 10 %": BROKEN},
    )  # fmt: skip
    return style.png(study(shown))
