"""Many mutants in worker processes that may die: a verdict for each, and what was found, grouped by cause."""

import ctypes
import faulthandler
import multiprocessing
import os
import signal
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from random import Random
from typing import Any

from tests.fuzz.corpus import Family, families
from tests.fuzz.judge import DIED, FAULTS, SECONDS, VERDICTS, Finding, judge
from tests.fuzz.mutations import mutant

BLOCK = 50  # mutants that a worker takes at a time
OVERDUE = 2 * SECONDS  # a worker whose mutant does not even hear the alarm is killed

SHOWN = 8  # mutants of one cause that a summary names

_Found = dict[tuple[str, str], tuple[Finding, list[int]]]

_FORK = multiprocessing.get_context("fork")


def file_of(corpus: tuple[Family, ...], seed: int, index: int) -> tuple[str, bytes]:
    """The mutant of a number: the same file for the same seed, index and corpus; with the name of its family."""
    random = Random(f"{seed}:{index}")
    family = random.choices(corpus, [each.share for each in corpus])[0]
    return family.name, mutant(random.choice(family.models), random)


@dataclass(frozen=True)
class Group:
    """Findings of one cause: the first of them, which mutants it came of, and how many they are."""

    finding: Finding
    indices: tuple[int, ...]
    count: int


@dataclass
class Summary:
    """What came of a campaign."""

    seed: int
    verdicts: Counter[str]
    groups: list[Group]
    seconds: float

    @property
    def mutants(self) -> int:
        """How many were run."""
        return self.verdicts.total()

    @property
    def faults(self) -> list[Group]:
        """What must not be: crashes, hangs, memory, dead processes, endless messages."""
        return [group for group in self.groups if group.finding.verdict in FAULTS]


@dataclass
class _Board:
    """What the workers write and the parent reads; it outlives a worker that dies."""

    jobs: int
    mutants: int
    verdicts: Any = field(init=False)
    cursor: Any = field(init=False)
    running: Any = field(init=False)
    since: Any = field(init=False)
    findings: Any = field(init=False)

    def __post_init__(self) -> None:
        self.verdicts = _FORK.RawArray(ctypes.c_uint8, self.mutants)
        self.cursor = _FORK.Value(ctypes.c_int64, 0)
        self.running = _FORK.RawArray(ctypes.c_int64, [-1] * self.jobs)
        self.since = _FORK.RawArray(ctypes.c_double, self.jobs)
        self.findings = _FORK.SimpleQueue()

    def block(self) -> range:
        """The next mutants that nobody has taken."""
        with self.cursor.get_lock():
            start = self.cursor.value
            self.cursor.value = min(start + BLOCK, self.mutants)
        return range(start, self.cursor.value if start < self.mutants else start)


def run(mutants: int, seed: int, *, jobs: int = 2, deadline: float | None = None) -> Summary:
    """Judge mutants 0 ... mutants - 1 of a seed; none is begun after `deadline` seconds."""
    corpus, board, began = families(), _Board(jobs, mutants), time.monotonic()
    if deadline is not None:
        signalled = began + deadline
    workers = [_start(board, corpus, seed, number, range(0)) for number in range(jobs)]
    found: _Found = {}
    try:
        # A dead worker that was at a mutant gets a successor in the same round.
        while any(worker.is_alive() for worker in workers) or max(board.running) >= 0 or not board.findings.empty():
            _collect(board, found)
            if deadline is not None and time.monotonic() > signalled:
                with board.cursor.get_lock():
                    board.cursor.value = mutants
            for number, worker in enumerate(workers):
                workers[number] = _tended(board, corpus, seed, number, worker, found)
            time.sleep(0.05)
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    verdicts = Counter(VERDICTS[code] for code in board.verdicts if code)
    groups = [Group(finding, tuple(sorted(indices)[:SHOWN]), len(indices)) for finding, indices in found.values()]
    groups.sort(key=lambda group: (-group.count, group.indices))
    return Summary(seed, verdicts, groups, time.monotonic() - began)


def _start(board: _Board, corpus: tuple[Family, ...], seed: int, number: int, rest: range) -> BaseProcess:
    worker = _FORK.Process(target=_work, args=(board, corpus, seed, number, rest), daemon=True)
    worker.start()
    return worker


def _tended(
    board: _Board,
    corpus: tuple[Family, ...],
    seed: int,
    number: int,
    worker: BaseProcess,
    found: _Found,
) -> BaseProcess:
    """The worker, or a new one in place of one that died or hangs; its mutant is then to blame."""
    index = board.running[number]
    overdue = index >= 0 and time.monotonic() - board.since[number] > OVERDUE
    if overdue:
        worker.kill()
        worker.join()
    if worker.is_alive() or index < 0:
        return worker
    worker.join()
    code = worker.exitcode or 0
    reason = f"did not hear the alarm for {OVERDUE} s" if overdue else f"ended by {_signal(-code)}"
    _record(board, found, index, Finding(DIED, reason, reason))
    board.running[number] = -1
    end = min((index // BLOCK + 1) * BLOCK, board.mutants)
    return _start(board, corpus, seed, number, range(index + 1, end))


def _signal(number: int) -> str:
    return signal.Signals(number).name if number in list(signal.Signals) else f"exit code {-number}"


def _collect(board: _Board, found: _Found) -> None:
    while not board.findings.empty():
        index, finding = board.findings.get()
        _record(board, found, index, finding)


def _record(board: _Board, found: _Found, index: int, finding: Finding) -> None:
    board.verdicts[index] = VERDICTS.index(finding.verdict)
    found.setdefault((finding.verdict, finding.place), (finding, []))[1].append(index)


def _work(board: _Board, corpus: tuple[Family, ...], seed: int, number: int, rest: range) -> None:
    """A worker's life: its own rest first, then block after block."""
    # What C++ prints on standard error is the library talking to itself.
    faulthandler.disable()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    warnings.simplefilter("ignore")
    for index in _indices(board, rest):
        board.since[number] = time.monotonic()
        board.running[number] = index
        finding = judge(file_of(corpus, seed, index)[1])
        board.verdicts[index] = VERDICTS.index(finding.verdict)
        if finding.place:
            board.findings.put((index, finding))
    board.running[number] = -1


def _indices(board: _Board, rest: range) -> Iterator[int]:
    yield from rest
    while block := board.block():
        yield from block
