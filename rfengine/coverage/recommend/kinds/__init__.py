"""The kinds of change, one file each. The package imports its own folder: a further kind is one new file."""

from importlib import import_module
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
