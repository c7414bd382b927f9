"""`rfengine serve`: one API process and one worker per queue, kept alive together. It starts them and imports neither.

The socket is bound here and handed down, so that clients wait while the API restarts instead of being refused, and
port 0 becomes a free port that nobody can take in between.
"""

import argparse
import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from rfengine.cli.worker import command as worker_command

READY_WITHIN = 30.0  # seconds
STOP_WITHIN = 15.0
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # before something that died is started again
STEADY_AFTER = 60.0  # a process that lived so long starts with the first pause again
BAD_CONFIGURATION = 2  # what the children end with when starting them again cannot help

READY_LINE = "rfengine is ready on "


@dataclass
class _Kept:
    """A command that is started again whenever it ends."""

    name: str
    command: list[str]
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0
    environment: dict[str, str] = field(default_factory=dict)

    def start(self) -> None:
        """Start it in a session of its own: Ctrl-C is for the supervisor, which stops things in order."""
        self.process = subprocess.Popen(
            self.command,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            pass_fds=self.pass_fds,
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        self.started = time.monotonic()

    def keep(self) -> int | None:
        """Start it if it is time to; the exit code where it has just ended."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_at:
                self.start()
            return None
        code = self.process.poll()
        if code is None:
            return None
        self.pause = FIRST_PAUSE if now - self.started > STEADY_AFTER else min(LONGEST_PAUSE, self.pause * 2)
        self.process, self.start_at = None, now + self.pause
        return code

    def stop(self, deadline: float) -> None:
        """Ask it to end, and insist at the deadline."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def serve(host: str, port: int, data: Path) -> int:
    """Serve until Ctrl-C or SIGTERM; port 0 takes a free one, `data` holds everything. Returns the exit code."""
    stop = threading.Event()

    def stopping(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, stopping) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _bound(host, port) as listener:
            return _supervise(listener, host, data.resolve(), stop)
    except OSError as error:
        say = f"rfengine serve: cannot listen on {host} port {port}: {error.strerror}; choose another --port"
        print(say, file=sys.stderr)
        return 3
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def running(data: Path, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """A server as a process of its own, for as long as the block lasts: gives its address once it is ready."""
    command = [sys.executable, "-P", "-m", "rfengine.cli.serve"]
    command += ["--host", host, "--port", str(port), "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield _address(process)
    finally:
        process.terminate()
        try:
            process.wait(STOP_WITHIN + 5.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _supervise(listener: socket.socket, host: str, data: Path, stop: threading.Event) -> int:
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    data.mkdir(parents=True, exist_ok=True)
    # A person at a terminal wants to read of jobs, not of every poll; who sets it decides.
    environment = {"RFENGINE_ACCESS_LOG": "0", **os.environ, "RFENGINE_DATA": str(data)}
    # -P: a file named service.py in the user's folder must not be taken for ours.
    python = [sys.executable, "-P", "-m"]
    fd = listener.fileno()
    kept = (
        _Kept("the API", [*python, "service", "--fd", str(fd)], (fd,), environment=environment),
        *(_Kept(f"the worker of queue {queue}", worker_command(queue), environment=environment) for queue in _queues()),
    )
    announced = threading.Event()
    threading.Thread(target=_announce, args=(address, announced, stop), daemon=True).start()
    try:
        while not stop.is_set():
            for one in kept:
                code = one.keep()
                if code == BAD_CONFIGURATION:
                    return BAD_CONFIGURATION
                if code is not None:
                    print(f"{one.name} ended ({code}); starting it again in {one.pause:g} s", file=sys.stderr)
            stop.wait(0.1)
        return 0
    finally:
        deadline = time.monotonic() + STOP_WITHIN
        # All are asked at once; each is then waited for.
        for one in kept:
            if one.process is not None:
                one.process.terminate()
        for one in kept:
            one.stop(deadline)


def _queues() -> tuple[str, ...]:
    return ("cpu", "gpu") if os.environ.get("RFENGINE_GPU_QUEUE") == "1" else ("cpu",)


def _announce(address: str, announced: threading.Event, stop: threading.Event) -> None:
    deadline = time.monotonic() + READY_WITHIN
    while not stop.is_set():
        if _ready(address):
            print(f"{READY_LINE}{address} (Ctrl-C stops it)", flush=True)
            announced.set()
            return
        if time.monotonic() > deadline:
            print(f"{address} is not ready yet; see the messages above", file=sys.stderr)
            deadline = float("inf")
        stop.wait(0.05)


def _ready(address: str) -> bool:
    with suppress(OSError, urllib.error.URLError):
        # No proxy: this is our own process.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{address}/readyz", timeout=5.0) as answer:
            return bool(answer.status == 200)
    return False


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        yield listener


def _address(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(READY_LINE):
            return line.removeprefix(READY_LINE).split()[0]
    raise RuntimeError(f"the server ended with code {process.wait()} before it was ready; see its messages")


def _end_with_parent() -> None:
    # Runs in the child before its program: if the supervisor is killed, nothing is left behind.
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)


def _main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="rfengine serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--data", type=Path, default=Path("rfengine-data"))
    given = parser.parse_args(arguments)
    return serve(given.host, given.port, given.data)


if __name__ == "__main__":
    sys.exit(_main())
