"""Which folders of this machine may be read. Studies and policies may come from a stranger: by default none may.

Whoever runs the engine names roots in RFENGINE_FOLDERS, one after the other as in PATH. The command line reads for the
one who typed it, and so may read all that they may.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from rfengine.errors import BadInput

VARIABLE = "RFENGINE_FOLDERS"

_everywhere: ContextVar[bool] = ContextVar("everywhere", default=False)


@contextmanager
def anywhere() -> Iterator[None]:
    """Inside, every folder may be read."""
    token = _everywhere.set(True)
    try:
        yield
    finally:
        _everywhere.reset(token)


def permitted(path: str, place: str = "task folder") -> Path:
    """The folder of a path, with links followed; `place` says in messages where the path stood.

    Raises:
        BadInput: it may not be read, or it is none. What may not be read is not even looked at.
    """
    folder = Path(os.path.realpath(Path(path).expanduser()))
    roots = [Path(os.path.realpath(root)) for root in os.environ.get(VARIABLE, "").split(os.pathsep) if root]
    if not _everywhere.get() and not any(folder.is_relative_to(root) for root in roots):
        raise BadInput(
            f"{place}: '{path}' may not be read here; ask with the command line, or set "
            f"{VARIABLE} to a folder that holds it where the engine runs"
        )
    if not folder.is_dir():
        raise BadInput(f"{place}: no folder '{path}'; give one that is there")
    return folder
