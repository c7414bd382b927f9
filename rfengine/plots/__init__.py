"""Finished results as pictures: SVG bytes of the graph, matplotlib figures of all else.

`style.png` and `style.svg` make bytes of a figure. matplotlib is imported when the first one is drawn.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rfengine.errors import MissingExtra
from rfengine.plots.graph import graph_svg
from rfengine.plots.measured import MeasuredMap
from rfengine.plots.series import DepthProfile, DepthSize, PowerLaw, Series, Study

if TYPE_CHECKING:
    from rfengine.plots.backdrop import read_picture
    from rfengine.plots.comparison import estimators
    from rfengine.plots.coverage_bars import coverage_sizes
    from rfengine.plots.coverage_panels import coverage_worst
    from rfengine.plots.coverage_plane import coverage_scatter
    from rfengine.plots.depth import growth
    from rfengine.plots.distance import profile
    from rfengine.plots.lattice import grid
    from rfengine.plots.layers import depth_profiles, depth_sizes
    from rfengine.plots.overlay import on_image
    from rfengine.plots.plane import heatmap
    from rfengine.plots.studies import study
    from rfengine.plots.study_growth import study_maps
    from rfengine.plots.sweep_depth import sweep_boundary
    from rfengine.plots.sweep_distance import sweep_row
    from rfengine.plots.sweep_grid import sweep_heatmap
    from rfengine.plots.sweep_growth import sweep_grown
    from rfengine.plots.sweep_images import sweep_samples
    from rfengine.plots.sweep_steps import sweep_learning

__all__ = [
    "DepthProfile", "DepthSize", "MeasuredMap", "PowerLaw", "Series", "Study", "coverage_scatter", "coverage_sizes",
    "coverage_worst", "depth_profiles", "depth_sizes", "estimators", "graph_svg", "grid", "growth", "heatmap",
    "on_image", "profile", "read_picture", "study", "study_maps", "sweep_boundary", "sweep_grown", "sweep_heatmap",
    "sweep_learning", "sweep_row", "sweep_samples",
]  # fmt: skip

_WITH_MATPLOTLIB = {
    "coverage_scatter": "coverage_plane",
    "coverage_sizes": "coverage_bars",
    "coverage_worst": "coverage_panels",
    "depth_profiles": "layers",
    "depth_sizes": "layers",
    "estimators": "comparison",
    "grid": "lattice",
    "growth": "depth",
    "heatmap": "plane",
    "on_image": "overlay",
    "profile": "distance",
    "read_picture": "backdrop",
    "study": "studies",
    "study_maps": "study_growth",
    "sweep_boundary": "sweep_depth",
    "sweep_grown": "sweep_growth",
    "sweep_heatmap": "sweep_grid",
    "sweep_learning": "sweep_steps",
    "sweep_row": "sweep_distance",
    "sweep_samples": "sweep_images",
}


def __getattr__(name: str) -> Any:
    if name not in _WITH_MATPLOTLIB:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as missing:
        raise MissingExtra.named("plots", "drawing pictures") from missing
    return getattr(import_module(f"{__name__}.{_WITH_MATPLOTLIB[name]}"), name)
