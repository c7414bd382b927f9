"""Moves the wall clock of the processes that load this, by the seconds that stand in the file CHAOS_CLOCK.

Python loads a module of this name at its start. What a machine whose clock is set sees is what they see: the wall clock
jumps, the steady clock goes on.
"""

import os
import time
from pathlib import Path

_file = Path(os.environ["CHAOS_CLOCK"]) if "CHAOS_CLOCK" in os.environ else None
_real, _real_ns = time.time, time.time_ns


def _ahead() -> float:
    try:
        return float(_file.read_text()) if _file is not None else 0.0
    except (OSError, ValueError):
        return 0.0


if _file is not None:
    time.time = lambda: _real() + _ahead()
    time.time_ns = lambda: _real_ns() + int(_ahead() * 1e9)
