"""The oracle families, one file each; this folder imports all of them. They import torch, if at all, when computed."""

import pkgutil
from importlib import import_module

from rfengine.oracles.registry import FAMILIES, Compared, Family, compare, named

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["FAMILIES", "Compared", "Family", "compare", "named"]
