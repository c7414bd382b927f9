"""Operators: one file per family, each with its torch lowering and its reach rule side by side.

The package imports its own folder, so that a new family is one new file.
"""

from importlib import import_module
from pkgutil import iter_modules

from rfengine.ops.call import Call
from rfengine.ops.registry import Nature, Operator, find, operators

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["Call", "Nature", "Operator", "find", "operators"]
