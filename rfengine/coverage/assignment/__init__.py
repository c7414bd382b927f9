"""Which heads answer for which objects: one file per rule.

The package imports its own folder, so that a further rule is one new file and its model in
`api_schemas.policy_assignment`.
"""

from importlib import import_module
from pkgutil import iter_modules

from rfengine.coverage.assignment.registry import answering, rules

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["answering", "rules"]
