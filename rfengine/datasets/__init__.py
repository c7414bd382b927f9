"""The e-datasets of seed 000: images of a letter with or without a mark, and the spots a network is to draw.

glyphs.py     the bitmaps
noise.py      random numbers by counter: any image can be drawn alone, on any device, without those before it
elastic.py    the distortion
scene.py      the canvas, and where the letter and its mark lie on it
registry.py   every dataset: where its mark may lie
samples.py    batches for many trainings at once

The package imports its own folder, so that a further dataset is one new file and its model in `api_schemas.datasets`.
"""

from importlib import import_module
from pkgutil import iter_modules

from rfengine.datasets.registry import Mark, datasets, mark_of
from rfengine.datasets.scene import Scene, square_scene, tight_scene

# What draws needs torch, and is imported by whoever trains.
_DRAWS = frozenset({"samples", "elastic", "noise"})

for _module in iter_modules(__path__):
    if _module.name not in _DRAWS:
        import_module(f"{__name__}.{_module.name}")

__all__ = ["Mark", "Scene", "datasets", "mark_of", "square_scene", "tight_scene"]
