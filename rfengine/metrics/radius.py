"""Radius at a level: how far from the centre the map still reaches a fraction of its maximum."""

import numpy as np

from rfengine.metrics.plane import Plane


def axis_radius(plane: Plane, level: float) -> int | None:
    """Largest whole distance along an axis, in either direction: max floor|d_i| with E_i >= level * max E.

    The axis is the line through the centre (between two lines, their mean). A pixel next to a centre that falls
    between pixels has distance 0. None where no pixel of the axes reaches the level, as in a map with a hole.
    """
    threshold = level * plane.values.max()
    reached = [
        np.floor(np.abs(plane.offsets(axis)[plane.line(axis) >= threshold])) for axis in range(plane.values.ndim)
    ]
    every = np.concatenate(reached)
    return int(every.max()) if every.size else None


def radial_radius(plane: Plane, level: float) -> float:
    """Largest Euclidean distance: max |d_i| over all pixels with E_i >= level * max E."""
    return float(plane.distance[plane.values >= level * plane.values.max()].max())
