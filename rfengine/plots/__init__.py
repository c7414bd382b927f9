"""Finished results as PNG bytes. Importing this package needs matplotlib; import it only where a picture is drawn."""

from rfengine.errors import MissingExtra

try:
    import matplotlib  # noqa: F401
except ImportError as missing:
    raise MissingExtra.named("plots", "drawing pictures") from missing

from rfengine.plots.depth import growth
from rfengine.plots.distance import profile
from rfengine.plots.plane import heatmap

__all__ = ["growth", "heatmap", "profile"]
