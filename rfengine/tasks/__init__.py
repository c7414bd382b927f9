"""Supervised tasks: pictures with the classes that a network is to answer. One file each; needs torch.

examples.py   pictures and labels, and how they are split
raster.py     distances to shapes, and ink from them
registry.py   every task: its examples
pictures.py   one picture on disk, or one of class ids, as the network takes it

The package imports its own folder, so that a further task is one new file and its model in `api_schemas.tasks`.
"""

from importlib import import_module
from pkgutil import iter_modules

from rfengine.tasks.examples import IGNORED, Examples
from rfengine.tasks.registry import examples_of, tasks

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["IGNORED", "Examples", "examples_of", "tasks"]
