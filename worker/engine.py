"""The engine as a child calls it. Only the fork server and its children import this module.

What every job needs is loaded here, once, before the fork server forks: a child is then ready in milliseconds.
"""

from contextlib import suppress

from rfengine.analysis import analyze
from rfengine.reports.summary import summarise

# Loaded for their effect; without the extra, the engine answers what needs no torch.
with suppress(ImportError):
    import torch  # noqa: F401

__all__ = ["analyze", "summarise"]
