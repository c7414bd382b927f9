"""The engine as a child calls it. Only the fork server and its children import this module.

What every job needs is loaded here, once, before the fork server forks: a child is then ready in milliseconds.
"""

import importlib
from contextlib import suppress

from rfengine.analysis import analyze
from rfengine.reports.summary import summarise

# Loaded for their effect: the engine imports them where it needs them, and by then they are there. Without the extra,
# it answers what needs none of them.
for heavy in ("torch", "onnxruntime", "matplotlib.figure", "matplotlib.backends.backend_agg"):
    with suppress(ImportError):
        importlib.import_module(heavy)

__all__ = ["analyze", "summarise"]
