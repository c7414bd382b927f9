"""The zoo: named reference networks as data in the spec language, usable wherever a model is.

A network is written down without its classifier, since what follows the last feature map sees the whole image.
Its endpoints carry the names that their source gives them. A family of networks is one file here; this folder
imports all of them, and nothing is built before it is asked for.

registry.py   names, entries, `build`
draft.py      a network while it is written down: convolution with norm and activation, branches, residual sums

To compile one for its theoretical receptive fields alone, set the initialiser to `Constant`: its weights then
take no memory and no time.
"""

import pkgutil
from importlib import import_module

from api_schemas.zoo.registry import Entry, ZooError, build, check, names

for _module in pkgutil.iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["Entry", "ZooError", "build", "check", "names"]
