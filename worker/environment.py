"""The environment that children get: what libraries need to run, and nothing that opens anything."""

import ctypes
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

# A list of what may pass, since nobody can list every name that a secret goes by: those of S3, of PostgreSQL and of
# whatever else a worker is given stay outside.
_NAMES = (
    "HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "SHELL", "TEMP", "TMP", "TMPDIR", "TZ", "USER",
)  # fmt: skip
_PREFIXES = (
    "CUBLAS_", "CUDA_", "CUDNN_", "GOMP_", "KMP_", "LC_", "MKL_", "MPL", "NVIDIA_", "OMP_", "OPENBLAS_", "ORT_",
    "PYTHON", "PYTORCH_", "RFENGINE_CACHE", "RFENGINE_FOLDERS", "RFENGINE_LIMIT_", "RFENGINE_LOG", "TORCH",
    "VIRTUAL_ENV", "XDG_",
)  # fmt: skip


def bare(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of an environment that a child may know."""
    return {name: value for name, value in environ.items() if name in _NAMES or name.startswith(_PREFIXES)}


@contextmanager
def only_bare() -> Iterator[None]:
    """While the block lasts, this process has a child's environment: what it starts inherits that one."""
    whole = dict(os.environ)
    kept = bare(whole)
    try:
        for name in whole.keys() - kept.keys():
            del os.environ[name]
        yield
    finally:
        os.environ.update(whole)


def wipe() -> None:
    """Make this process's environment bare for good, down to the bytes that it was started with.

    A variable that is unset stays in /proc/self/environ, where the kernel shows what the program was started with.
    """
    kept = bare(os.environ)
    for name in os.environ.keys() - kept.keys():
        del os.environ[name]
    # Set anew, they lie in memory of their own, and what they were started with can go.
    os.environ.update(kept)
    if sys.platform != "linux":
        return
    with suppress(OSError, ValueError, IndexError):
        # proc_pid_stat(5): fields 50 and 51; the second, a name, may have spaces and ends with the last bracket.
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[47]), int(fields[48])
        if 0 < start < end:
            ctypes.memset(start, 0, end - start)
