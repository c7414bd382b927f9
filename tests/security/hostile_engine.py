"""An engine that tries what a stranger's model might make a child do, and tells in its picture what came of it."""

import ctypes
import errno
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

from api_schemas.job import Artifact
from api_schemas.report import EngineInfo, ModelInfo, Report
from api_schemas.request import AnalyzeRequest
from tests.worker import fake_engine
from tests.worker.fake_engine import plan, render, run_part, summarise

__all__ = ["analyze", "plan", "render", "run_part", "summarise"]

FOUND = "found.json"
X32_SOCKET = 0x4000_0000 + 41
IO_URING_SETUP = 425
GET_DEATH_SIGNAL = 2


def analyze(
    model: bytes | None,
    request: AnalyzeRequest,
    *,
    name: str,
    out: Path,
    progress: Callable[[str, float], None],
    so_far: Callable[[Report], None],
    images: bytes | None,
    objects: Path | None,
) -> Report:
    if not (request.name or "").startswith("probe:"):
        return fake_engine.analyze(
            model, request, name=name, out=out, progress=progress, so_far=so_far, images=images, objects=objects
        )
    port = int((request.name or "").partition(":")[2])
    found = {"port": port, **sockets(port), **environment(), **rights()}
    (out / FOUND).write_text(json.dumps(found))
    return Report(
        engine=EngineInfo(version="0"),
        model=ModelInfo(sha256="0" * 64, name=name, opset=1, nodes=0, inputs={}),
        targets=["t"],
        artifacts=[Artifact(name=FOUND, media_type="application/json", bytes=0, sha256="0" * 64, title="")],
    )


def sockets(port: int) -> dict[str, object]:
    libc = ctypes.CDLL(None, use_errno=True)
    return {
        "inet": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM)),
        "inet6": attempt(lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)),
        "unix": attempt(lambda: socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)),
        "raw": attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)),
        "connect": attempt(lambda: socket.create_connection(("127.0.0.1", port), timeout=2.0)),
        "resolve": attempt(lambda: socket.getaddrinfo("example.com", 443)),
        "x32": called(libc, X32_SOCKET, 2, 1, 0),
        "io_uring": called(libc, IO_URING_SETUP, 1, ctypes.create_string_buffer(256)),
        "interfaces": sorted(line.split(":")[0].strip() for line in devices() if ":" in line),
    }


def devices() -> list[str]:
    return Path("/proc/self/net/dev").read_text().splitlines()


def environment() -> dict[str, object]:
    parent = os.getppid()
    worker = int(Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[1])
    return {
        "environ": dict(os.environ),
        "started_with": Path("/proc/self/environ").read_bytes().strip(b"\0").decode(),
        "of_the_fork_server": read(f"/proc/{parent}/environ"),
        "of_the_worker": read(f"/proc/{worker}/environ"),
        "worker_memory": read(f"/proc/{worker}/maps"),
    }


def rights() -> dict[str, object]:
    libc = ctypes.CDLL(None, use_errno=True)
    status = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines() if ":\t" in line)
    signal = ctypes.c_int(0)
    libc.prctl(GET_DEATH_SIGNAL, ctypes.byref(signal), 0, 0, 0)
    return {
        "capabilities": [int(status[name], 16) for name in ("CapPrm", "CapEff", "CapInh")],
        "no_new_privileges": status["NoNewPrivs"].strip(),
        "seccomp": status["Seccomp"].strip(),
        "session": os.getsid(0) == os.getpid(),
        "death_signal": signal.value,
        "here": os.listdir("."),  # noqa: PTH208
        "hard_limits": {"core": hard("CORE"), "memory": hard("AS"), "files": hard("NOFILE"), "size": hard("FSIZE")},
    }


def hard(name: str) -> int:
    import resource

    return resource.getrlimit(getattr(resource, f"RLIMIT_{name}"))[1]


def attempt(act: Callable[[], object]) -> str:
    try:
        act()
    except socket.gaierror:
        return "unresolved"
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error))
    return "done"


def called(libc: ctypes.CDLL, number: int, *arguments: object) -> str:
    if libc.syscall(number, *arguments) >= 0:
        return "done"
    return errno.errorcode[ctypes.get_errno()]


def read(path: str) -> str:
    try:
        return Path(path).read_bytes().decode(errors="replace")
    except OSError as error:
        return errno.errorcode[error.errno or 0]
