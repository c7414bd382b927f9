"""Finished results as PNG or SVG bytes. PNG needs matplotlib, which is imported when the first one is drawn."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rfengine.errors import MissingExtra
from rfengine.plots.graph import graph_svg

if TYPE_CHECKING:
    from rfengine.plots.backdrop import read_picture
    from rfengine.plots.depth import growth
    from rfengine.plots.distance import profile
    from rfengine.plots.lattice import grid
    from rfengine.plots.plane import heatmap

__all__ = ["graph_svg", "grid", "growth", "heatmap", "profile", "read_picture"]

_WITH_MATPLOTLIB = {
    "grid": "lattice",
    "growth": "depth",
    "heatmap": "plane",
    "profile": "distance",
    "read_picture": "backdrop",
}


def __getattr__(name: str) -> Any:
    if name not in _WITH_MATPLOTLIB:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as missing:
        raise MissingExtra.named("plots", "drawing pictures") from missing
    return getattr(import_module(f"{__name__}.{_WITH_MATPLOTLIB[name]}"), name)
