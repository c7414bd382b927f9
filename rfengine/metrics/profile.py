"""Profiles: the map as a function of the distance from the unit's centre."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rfengine.metrics.plane import Floats, Plane


@dataclass(frozen=True, eq=False)
class Curve:
    """Values of the map, in its own units, at increasing distances from the centre in px."""

    distance: Floats
    value: Floats


@dataclass(frozen=True, eq=False)
class Profiles:
    """`radial`: all pixels by distance. `axes`: along each axis, in the order of the map's axes."""

    radial: Curve
    axes: tuple[Curve, ...]


def profiles(erf: ArrayLike, centre: tuple[float, ...]) -> Profiles:
    """Radial and axis profiles of a map about the unit's centre (edge convention).

    Radial: bin k holds the pixels with k - 1/2 <= |d_i| < k + 1/2; the curve gives their mean distance and mean value,
    and leaves empty bins out. Axis: the mean of both directions at every distance |d_i| (0, 1, 2, ... on a pixel,
    0.5, 1.5, ... between two), of the one that is inside the image where the other is not.

    Raises what `Plane.of` raises.
    """
    plane = Plane.of(erf, centre)
    radial = _mean_by(np.floor(plane.distance.ravel() + 0.5), plane.distance.ravel(), plane.values.ravel())
    axes = []
    for axis in range(plane.values.ndim):
        d = np.abs(plane.offsets(axis))
        axes.append(_mean_by(d, d, plane.line(axis)))
    return Profiles(
        radial=Curve(radial.distance, radial.value * plane.scale),
        axes=tuple(Curve(curve.distance, curve.value * plane.scale) for curve in axes),
    )


def _mean_by(key: Floats, distance: Floats, value: Floats) -> Curve:
    """Mean distance and mean value of the pixels of each key, by increasing key."""
    _, group, count = np.unique(key, return_inverse=True, return_counts=True)
    return Curve(np.bincount(group, distance) / count, np.bincount(group, value) / count)
