"""The registry of lowerings, keyed by the layer's class."""

from collections.abc import Callable
from typing import Any, TypeVar

from api_schemas.spec_layers import Layer
from rfengine.spec_import.site import Shape, Site

LayerT = TypeVar("LayerT", bound=Layer)

LOWERINGS: dict[type[Layer], Callable[[Any, Site], Shape]] = {}


def lowers(kind: type[LayerT]) -> Callable[[Callable[[LayerT, Site], Shape]], Callable[[LayerT, Site], Shape]]:
    """Register a function as the lowering of this class of layers; a second one is refused."""

    def register(lowering: Callable[[LayerT, Site], Shape]) -> Callable[[LayerT, Site], Shape]:
        if kind in LOWERINGS:
            raise ValueError(f"two lowerings for {kind.__name__}: {LOWERINGS[kind].__name__}, {lowering.__name__}")
        LOWERINGS[kind] = lowering
        return lowering

    return register
