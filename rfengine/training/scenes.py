"""The canvas of a run: a function of the run alone, so that its outcome does not depend on what trains beside it."""

from api_schemas.datasets import AnyDataset
from api_schemas.sweep import Training
from rfengine.datasets import Scene, mark_of, square_scene, tight_scene

# Distances are rounded up to whole multiples for the canvas, so that neighbours share one and train in one launch.
STEP = 4
# Units along a tight canvas: fewer could not draw a spot.
LEAST_UNITS = 4


def scene_of(dataset: AnyDataset, training: Training, distance: int, *, stride: int = 1) -> Scene:
    """The canvas for a mark at some distance, px.

    Args:
        dataset: where the mark may lie.
        training: its `canvas` says how large: tight, or a square.
        distance: of the mark.
        stride: of the network, px; a tight canvas is a whole multiple of it, and spans some of its units.

    Raises:
        BadInput: the mark does not lie on the square that is asked for.
    """
    if training.canvas != "tight":
        return square_scene(training.canvas, distance)
    rounded = -(-distance // STEP) * STEP
    return tight_scene(mark_of(dataset).extents(dataset, rounded), multiple=stride, least=LEAST_UNITS * stride)
