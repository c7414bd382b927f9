"""What each layer of a spec becomes in ONNX. A family of layers is one file; this folder imports all of them.

A lowering adds the layer's nodes at its site, the last one under the layer's own name, and returns its output shape.
"""

import pkgutil
from collections.abc import Callable
from importlib import import_module
from typing import Any

from api_schemas.spec_layers import Layer
from rfengine.spec_import.layers.registry import LOWERINGS, lowers
from rfengine.spec_import.site import Shape, Site

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def lowering_of(layer: Layer) -> Callable[[Any, Site], Shape]:
    """The lowering that is registered for a layer's class."""
    return LOWERINGS[type(layer)]


__all__ = ["LOWERINGS", "lowering_of", "lowers"]
