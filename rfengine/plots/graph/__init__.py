"""The network as a picture: boxes in layers, each with what its units see. SVG by hand: no matplotlib, no graphviz.

One step per module: `blocks` puts chains into boxes, `sheet` lays boxes in layers and columns, `order` sorts the
layers, `place` gives every spot its x, `route` runs the lines between layers, `labels` finds the words, `draw` writes.
"""

from rfengine.plots.graph.draw import TooLargeToDrawError, graph_svg

__all__ = ["TooLargeToDrawError", "graph_svg"]
