"""What the clients were told, kept outside of the service; and what they may never be told."""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

FINAL = ("succeeded", "failed", "canceled")
# What a job ends with for ever; a second end would show in one of them.
_END = ("status", "ended_at", "attempt", "error", "summary")


@dataclass
class Told:
    """One accepted job: what it was asked to be, and what was heard of it."""

    kind: str
    key: str
    accepted: float
    end: dict[str, Any] | None = None
    heard: float | None = None  # when its end was heard of
    deleted: bool = False


@dataclass
class Account:
    """Thread-safe. `violations` is empty where the service kept its word."""

    told: dict[str, Told] = field(default_factory=dict)
    by_key: dict[str, str] = field(default_factory=dict)
    refusals: Counter[int] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)
    replays: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)

    def accepted(self, job: str, kind: str, key: str) -> None:
        """A question was answered with 200 or 202 and this job; `key` is the question's own Idempotency-Key."""
        with self.lock:
            first = self.by_key.setdefault(key, job)
            if first != job:
                self.violations.append(f"{job}: key {key} had given {first} before: one question became two jobs")
            if job in self.told:
                self.replays += 1
            else:
                self.told[job] = Told(kind, key, time.monotonic())

    def refused(self, status: int, where: str) -> None:
        """A question was answered with an error: 503 and 429 say to come back, others there is no reason for."""
        with self.lock:
            self.refusals[status] += 1
            if status not in (429, 503):
                self.violations.append(f"{where} was answered {status}")

    def looked(self, job: str, status: int, body: dict[str, Any]) -> None:
        """A job that was accepted was looked at."""
        with self.lock:
            told = self.told[job]
            if status == 503:
                self.refusals[503] += 1
            elif status == 410 and told.deleted:
                pass
            elif status != 200:
                self.violations.append(f"{job} ({told.kind}): looked at, and answered {status}")
            else:
                self._heard(job, told, {name: body.get(name) for name in _END})

    def _heard(self, job: str, told: Told, now: dict[str, Any]) -> None:
        if told.end is None:
            if now["status"] in FINAL:
                told.end, told.heard = now, time.monotonic()
        elif now != told.end:
            changed = {name: (told.end[name], now[name]) for name in _END if told.end[name] != now[name]}
            self.violations.append(f"{job} ({told.kind}): ended twice, or unended: {changed}")

    def deleting(self, job: str) -> None:
        """The job will be deleted: it may be gone from now on."""
        with self.lock:
            self.told[job].deleted = True

    def open(self) -> list[str]:
        """Jobs whose end has not been heard of."""
        with self.lock:
            return [job for job, told in self.told.items() if told.end is None and not told.deleted]

    def ended_since(self, moment: float) -> Iterable[float]:
        """When ends were heard of after a moment, of time.monotonic()."""
        with self.lock:
            return sorted(t.heard for t in self.told.values() if t.heard is not None and t.heard >= moment)

    def complain(self, text: str) -> None:
        """Note what must not be."""
        with self.lock:
            self.violations.append(text)
