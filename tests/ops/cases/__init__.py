"""Cases for every registered operator and version, one file per family as in `rfengine/ops`."""

from importlib import import_module
from pkgutil import iter_modules

from tests.ops.case import Case

CASES: list[Case] = [
    case for module in iter_modules(__path__) for case in import_module(f"{__name__}.{module.name}").CASES
]
