"""The supervisor's rules, on a child and a clock that do as they are told."""

import threading
from collections.abc import Iterator

from api_schemas.job import Artifact
from api_schemas.problem import Problem
from jobstore.transitions import Pulse
from worker.messages import Done, Failed, GarbledError, Message, Progress, SoFar
from worker.supervise import Canceled, Crashed, HandedBack, Lost, Orders, Outcome, supervise

HELD = Pulse(held=True, cancel=False)


KNOWN = Artifact(name="report.partial.json", media_type="application/json", bytes=2, sha256="0" * 64)


class FakeChild:
    """Says one batch of a script per tick, each tick a quarter of a second, then ends or hangs."""

    def __init__(self, script: list[list[Message]], *, code: int | None = None, garbled: bool = False) -> None:
        self.script: Iterator[list[Message]] = iter(script)
        self.code = code
        self.garbled = garbled
        self.now = 0.0
        self.done = False
        self.killed = False

    def listen(self, seconds: float) -> list[Message]:
        self.now += 0.25
        if self.garbled:
            raise GarbledError("nonsense")
        said = next(self.script, None)
        if said is None:
            self.done = self.code is not None
            return []
        return said

    def ended(self) -> bool:
        return self.done

    def kill(self) -> None:
        self.killed = True

    def join(self, seconds: float) -> int | None:
        return -9 if self.killed else self.code


class Ledger:
    """Records the heartbeats and answers them with a script."""

    def __init__(self, *pulses: Pulse, cancel_at: float = float("inf")) -> None:
        self.pulses = list(pulses)
        self.beats: list[tuple[str, float]] = []
        self.cancel_at = cancel_at

    def so_far(self, report: Artifact) -> None:
        self.beats.append((report.name, report.bytes))

    def beat(self, stage: str, progress: float) -> Pulse:
        self.beats.append((stage, progress))
        return self.pulses.pop(0) if self.pulses else HELD


def run(child: FakeChild, ledger: Ledger, *, timeout: float = 100.0, beat_every: float = 10.0) -> Outcome:
    orders = Orders(
        beat=ledger.beat,
        so_far=ledger.so_far,
        canceled=lambda: child.now >= ledger.cancel_at,
        stop=threading.Event(),
        timeout=timeout,
        beat_every=beat_every,
    )
    return supervise(child, orders, clock=lambda: child.now)


def progress(stage: str, fraction: float) -> Progress:
    return Progress(stage=stage, fraction=fraction)


def test_an_answer_is_the_outcome() -> None:
    done = Done(summary=None, artifacts=())
    child = FakeChild([[], [progress("a", 0.1), done]], code=0)
    assert run(child, Ledger()) == done
    assert not child.killed


def test_a_child_that_answers_and_stays_is_ended() -> None:
    done = Done(summary=None, artifacts=())
    child = FakeChild([[done]])
    assert run(child, Ledger()) == done
    assert child.killed


def test_a_new_stage_is_told_at_once_and_mere_progress_every_second() -> None:
    ledger = Ledger()
    ticks: list[list[Message]] = [[progress("a", 0.0)], *[[progress("a", tick / 10)] for tick in range(1, 9)]]
    run(FakeChild([*ticks, [progress("b", 0.9)]], code=1), ledger)
    assert ledger.beats == [("a", 0.0), ("a", 0.4), ("a", 0.8), ("b", 0.9)]


def test_what_is_known_is_told_before_the_stage_behind_it() -> None:
    ledger = Ledger()
    newer = KNOWN.model_copy(update={"bytes": 3})
    said: list[Message] = [progress("a", 0.0), SoFar(report=KNOWN), SoFar(report=newer), progress("b", 0.1)]
    run(FakeChild([said], code=1), ledger)
    assert ledger.beats == [(KNOWN.name, 3), ("b", 0.1)]


def test_what_is_known_stays_of_use_where_the_work_fails_and_not_where_it_is_done() -> None:
    failed = Failed(problem=Problem(type="urn:t", title="t", status=422, detail="d"))
    for answer, told in ((failed, [(KNOWN.name, 2)]), (Done(summary=None, artifacts=()), [])):
        ledger = Ledger()
        said: list[Message] = [SoFar(report=KNOWN), answer]
        assert run(FakeChild([said], code=0), ledger) == answer
        assert ledger.beats == told


def test_a_silent_child_keeps_its_lease() -> None:
    ledger = Ledger()
    run(FakeChild([[]] * 400, code=1), ledger, beat_every=10.0, timeout=1000.0)
    assert len(ledger.beats) == 10


def test_a_child_that_dies_names_its_signal() -> None:
    outcome = run(FakeChild([[]], code=-11), Ledger())
    assert isinstance(outcome, Crashed)
    assert "SIGSEGV (11)" in outcome.problem.detail


def test_the_wall_clock_ends_a_child() -> None:
    child = FakeChild([[]] * 100)
    outcome = run(child, Ledger(), timeout=3.0)
    assert isinstance(outcome, Failed)
    assert outcome.problem.type == "urn:rfengine:timeout"
    assert child.killed
    assert child.now == 3.0


def test_a_cancel_is_seen_between_heartbeats_within_a_second() -> None:
    child = FakeChild([[]] * 100)
    assert run(child, Ledger(cancel_at=2.5)) == Canceled()
    assert child.killed
    assert child.now <= 3.5


def test_a_cancel_comes_with_a_heartbeat() -> None:
    child = FakeChild([[progress("a", 0.1)]])
    assert run(child, Ledger(Pulse(held=True, cancel=True))) == Canceled()
    assert child.killed


def test_a_lost_lease_ends_the_child() -> None:
    child = FakeChild([[progress("a", 0.1)]])
    assert run(child, Ledger(Pulse(held=False, cancel=False))) == Lost()
    assert child.killed


def test_nonsense_is_a_crash() -> None:
    child = FakeChild([], garbled=True)
    assert isinstance(run(child, Ledger()), Crashed)
    assert child.killed


def test_a_stopping_worker_hands_back() -> None:
    child = FakeChild([[]] * 10)
    stop = threading.Event()
    stop.set()
    ledger = Ledger()
    orders = Orders(beat=ledger.beat, canceled=lambda: False, stop=stop, timeout=9.0, beat_every=9.0)
    assert supervise(child, orders, clock=lambda: child.now) == HandedBack()
    assert child.killed
