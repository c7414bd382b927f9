"""What a child gives up before it touches a stranger's model.

Linux has all of it; elsewhere what the system lacks is left out.
"""

import ctypes
import multiprocessing
import multiprocessing.forkserver
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from worker.environment import wipe
from worker.network import leave_the_network

OPEN_FILES = 256
LARGEST_FILE = 2 << 30  # bytes

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38


def confine(memory: int) -> None:
    """Own session, end with the parent, a bare environment, no network, limits on files and on memory.

    `memory` is in bytes, on top of what is mapped; 0 for no limit. Raises `NoWallError`.
    """
    os.setsid()
    _end_with_the_worker()
    os.umask(0o077)
    wipe()
    with suppress(OSError):
        # Where memory runs out all the same, the kernel should take this process and not its supervisor.
        Path("/proc/self/oom_score_adj").write_text("500")
    leave_the_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    if memory:
        limit = _mapped() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def hide() -> None:
    """Let no other process of the same user read this one's memory or environment, and write no core of it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def limit_gpu_memory(fraction: float) -> None:
    """Let this process have so much of each GPU's memory. CUDA maps far more than it uses, so RLIMIT_AS is no limit.

    The limit is that of torch's allocator, which is all that asks for memory there: a model brings no code that runs.
    """
    import torch

    for device in range(torch.cuda.device_count()):
        torch.cuda.set_per_process_memory_fraction(fraction, device)


def _end_with_the_worker() -> None:
    # A child is forked by the fork server, which ends when no one holds its lifeline any more. The standard library
    # gives every child a copy of that lifeline; dropped here, the worker's death ends the server and that the child.
    server: Any = multiprocessing.forkserver._forkserver
    lifeline = getattr(server, "_forkserver_alive_fd", None)
    if lifeline is not None:
        os.close(lifeline)
        server._forkserver_alive_fd = None
    if sys.platform == "linux":
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    parent = multiprocessing.parent_process()
    if parent is not None and not parent.is_alive():
        os._exit(1)  # it died before the signal was asked for


def _mapped() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0
    return pages * resource.getpagesize()
