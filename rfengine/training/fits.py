"""Lines through the boundaries over depth, by weighted least squares.

    sqrt       boundary = slope sqrt(N)              through the origin, as the seed's 3 sqrt(N)
    linear     boundary = slope N + intercept

A boundary weighs by the inverse square of its interval's half width: a depth that the planner could not settle counts
little. `r2` is of the same weighted sums, about the weighted mean.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from api_schemas.sweep_result import SweepFit, SweepRow

# No boundary is known better than this, px: distances are whole pixels.
LEAST_ERROR = 0.25
SIGMAS = 1.96  # half widths of a 95 % interval

Floats = NDArray[np.float64]


def fits(rows: Sequence[SweepRow]) -> tuple[SweepFit, ...]:
    """Both lines, where at least three depths have a boundary that was found: two always lie on a line."""
    found = [row for row in rows if row.boundary == "found" and row.depth is not None]
    if len({row.depth for row in found}) < 3:
        return ()
    depth = np.array([row.depth for row in found], np.float64)
    boundary = np.array([row.boundary_px for row in found], np.float64)
    weight = 1 / np.array([_error(row) for row in found]) ** 2
    ones = np.ones_like(depth)
    return (
        _line("sqrt", np.sqrt(depth)[:, None], boundary, weight),
        _line("linear", np.stack([depth, ones], axis=1), boundary, weight),
    )


def _error(row: SweepRow) -> float:
    """Standard error of a boundary, px."""
    if row.interval_px is None:
        return float(LEAST_ERROR)
    low, high = row.interval_px
    return max((high - low) / (2 * SIGMAS), LEAST_ERROR)


def _line(kind: "str", design: Floats, boundary: Floats, weight: Floats) -> SweepFit:
    normal = np.linalg.inv(design.T @ (weight[:, None] * design))
    solution = normal @ design.T @ (weight * boundary)
    residual = boundary - design @ solution
    mean = (weight * boundary).sum() / weight.sum()
    spread = float((weight * (boundary - mean) ** 2).sum())
    return SweepFit.model_validate(
        {
            "kind": kind,
            "slope": float(solution[0]),
            "intercept": float(solution[1]) if len(solution) > 1 else 0.0,
            "slope_error": float(np.sqrt(normal[0, 0])),
            "r2": 1 - float((weight * residual**2).sum()) / spread if spread > 0 else None,
            "points": len(boundary),
        }
    )
