"""Watches one child until it ends or must be ended; knows no ledger and no queue."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from api_schemas.job import Artifact
from api_schemas.problem import Problem
from jobstore.transitions import Pulse
from worker import problems
from worker.messages import Answer, Done, Failed, GarbledError, Message, Progress, SoFar

TICK = 0.25  # seconds; how soon a request to stop is seen
LOOK_EVERY = 0.5  # seconds between looks at the cancel flag: who cancels is promised an end within 2 s
TELL_EVERY = 1.0  # seconds between writes of mere progress
EXIT_GRACE = 5.0  # seconds a child has to end after its answer


@dataclass(frozen=True)
class Crashed:
    """The child ended without an answer."""

    problem: Problem


@dataclass(frozen=True)
class Canceled:
    """Somebody asked for the job's end."""


@dataclass(frozen=True)
class HandedBack:
    """The worker is stopping."""


@dataclass(frozen=True)
class Postponed:
    """Something that the job needs is away, the artifact store say; it comes back, and the job is not at fault."""


@dataclass(frozen=True)
class Lost:
    """The lease ran out and the job belongs to somebody else, or to nobody."""


Outcome = Answer | Crashed | Canceled | HandedBack | Postponed | Lost


class Watched(Protocol):
    """The part of a child process that a supervisor needs."""

    def listen(self, seconds: float) -> list[Message]:
        """What the child said within so many seconds."""

    def ended(self) -> bool:
        """Whether the process is gone."""

    def kill(self) -> None:
        """End the child and wait until it is gone."""

    def join(self, seconds: float) -> int | None:
        """Wait for the end; the exit code, or None."""


@dataclass(frozen=True)
class Orders:
    """Who may end the child, and when; times in seconds."""

    beat: Callable[[str, float], Pulse]
    canceled: Callable[[], bool]
    stop: threading.Event
    timeout: float
    beat_every: float
    timeout_setting: str = "RFENGINE_JOB_TIMEOUT"
    entered: Callable[[str], None] = lambda _stage: None  # told every stage, in order
    so_far: Callable[[Artifact], None] = lambda _report: None  # told where the newest partial report lies


def supervise(child: Watched, orders: Orders, clock: Callable[[], float] = time.monotonic) -> Outcome:
    """Pass the child's progress on until it has answered, died, overrun its time or lost its right to run."""
    try:
        outcome = _watch(child, orders, clock)
    except GarbledError:
        outcome = Crashed(problems.crashed(None))
    except BaseException:
        child.kill()
        raise
    if isinstance(outcome, Answer) and child.join(EXIT_GRACE) is not None:
        return outcome
    child.kill()
    return outcome


def _watch(child: Watched, orders: Orders, clock: Callable[[], float]) -> Outcome:
    deadline = clock() + orders.timeout
    told, beaten, looked = ("start", 0.0), clock(), clock()
    now_at = told
    while True:
        # Asked before listening: what a child said before its end is still heard.
        ended = child.ended()
        said = child.listen(0.0 if ended else TICK)
        for message in said:
            if isinstance(message, Progress):
                now_at = (message.stage, message.fraction)
                orders.entered(message.stage)
        answer = next((message for message in said if isinstance(message, Answer)), None)
        partial = [message.report for message in said if isinstance(message, SoFar)]
        # Before the ledger hears of the stage behind it; also where the work failed since, but not where it is done.
        if partial and not isinstance(answer, Done):
            orders.so_far(partial[-1])
        if answer is not None:
            return answer
        if ended:
            return Crashed(problems.crashed(child.join(0.0)))
        now = clock()
        if orders.stop.is_set():
            return HandedBack()
        if now >= deadline:
            child.kill()
            return Failed(problem=problems.timed_out(orders.timeout, orders.timeout_setting))
        news = now_at[0] != told[0] or (now_at != told and now - beaten >= TELL_EVERY)
        if news or now - beaten >= orders.beat_every:
            pulse = orders.beat(*now_at)
            told, beaten, looked = now_at, now, now
            if not pulse.held:
                return Lost()
            if pulse.cancel:
                return Canceled()
        elif now - looked >= LOOK_EVERY:
            looked = now
            if orders.canceled():
                return Canceled()
