"""Processes that are killed and started again."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.service.processes import descendants

Identity = tuple[int, str]  # of a process: its id, and when it began, as ids come again


@dataclass
class Kept:
    """One process of the service."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    answers: Callable[[], bool] = lambda: True
    process: subprocess.Popen[bytes] | None = None
    seen: set[Identity] = field(default_factory=set)  # everything that it ever started, as far as it was looked at

    def start(self) -> None:
        """Start it, and wait until it answers where it is one that does."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.command, env=dict(self.environment), stdout=log, stderr=log)
        deadline = time.monotonic() + 60.0
        while not self.answers():
            ended = self.process.poll()
            assert ended is None, f"{self.name} ended with {ended}: {self.log.read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"{self.name} does not answer: {self.log.read_text()[-2000:]}"
            time.sleep(0.05)

    @property
    def alive(self) -> bool:
        """Whether it runs; frozen ones do."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """Kill -9, of it alone: what becomes of its children is its own affair."""
        assert self.process is not None
        self.look()
        self.process.kill()
        self.process.wait()

    def send(self, number: int) -> None:
        """Send it a signal, such as SIGSTOP."""
        assert self.process is not None
        self.process.send_signal(number)

    def children(self) -> list[int]:
        """What runs under it."""
        self.look()
        return sorted(pid for pid, _ in self.seen if self.process is not None and pid in _below(self.process.pid))

    def look(self) -> None:
        """Remember what it has started."""
        if self.process is not None:
            self.seen |= {(pid, began) for pid in _below(self.process.pid) if (began := began_at(pid)) is not None}

    def stop(self) -> None:
        """Ask it to end."""
        if not self.alive or self.process is None:
            return
        self.look()
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(20.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def left(self) -> list[int]:
        """What it started and what still runs."""
        return sorted(pid for pid, began in self.seen if began_at(pid) == began)


def began_at(pid: int) -> str | None:
    """When a process began, in ticks since the machine's start; None where there is none, or only its shell is left."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if state == "Z" else rest[18]


def _below(pid: int) -> set[int]:
    try:
        return descendants(pid)
    except OSError:
        return set()  # one ended while it was looked at


def kill_quietly(pid: int) -> bool:
    """Kill -9 whatever has this id; whether there was anything."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
