"""One run: load and faults side by side, then quiet until everything has ended, then the audit."""

import random
import shutil
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.account import Account
from tests.chaos.audit import audit_answers, audit_ledger, audit_processes, outcomes
from tests.chaos.faults import FAULTS, Fault, faults_of
from tests.chaos.load import Load
from tests.chaos.worlds import World, world

CLIENTS = 6
SETTLES_WITHIN = 240.0  # seconds after the last fault; a lost id is sent again after 10, 20, 40, ... s
BETWEEN = (0.2, 1.2)  # seconds from one fault to the next


@dataclass
class Record:
    """What was done and what came of it."""

    pairing: str
    seed: int
    jobs: int = 0
    sent: int = 0
    kills: int = 0
    seconds: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)
    outcomes: dict[str, dict[str, int]] = field(default_factory=dict)
    replays: int = 0
    refusals: dict[int, int] = field(default_factory=dict)
    ledger: dict[str, int] = field(default_factory=dict)
    recovery: dict[str, dict[str, float]] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)


def run(
    pairing: str, *, jobs: int, kills: int, seed: int, only: Sequence[str] = (), logs: Path | None = None
) -> Record:
    """Load and faults until so many jobs were sent and so many kills were done.

    Args:
        pairing: `embedded` or `scale`.
        jobs: how many questions at least; the load goes on while faults do.
        kills: how many kill -9 at least; frozen and filled things are not counted.
        seed: of what is asked and what is done.
        only: names of faults, each done once in this order, instead of `kills` at random.
        logs: where the logs of all processes are kept, and when which fault was over.
    """
    began = time.monotonic()
    account, record = Account(), Record(pairing, seed)
    with world(pairing) as made:
        done: list[tuple[str, float]] = []
        attacked = False
        load = Load(account, made.urls, made.headers, seed, lambda sent: sent < jobs or not attacked)
        with ThreadPoolExecutor(CLIENTS + 1) as threads:
            looking = threads.submit(load.look_until_over)
            clients = [threads.submit(load.send_all) for _ in range(CLIENTS)]
            try:
                _attack(made, [FAULTS[name] for name in only], kills, random.Random(seed), done)
            finally:
                attacked = True
                for client in clients:
                    client.exception()
                _settle(account)
                load.over.set()
            for each in (*clients, looking):
                each.result()
        audit_answers(account, made)
        record.ledger = audit_ledger(account, made)
        kills = made.kills
        if logs is not None:
            _keep(made, done, logs)
    audit_processes(account, made)
    record.jobs, record.sent, record.kills, record.replays = len(account.told), load.sent, kills, account.replays
    record.seconds = round(time.monotonic() - began, 1)
    record.faults = dict(Counter(name for name, _ in done))
    record.outcomes, record.refusals = outcomes(account), dict(account.refusals)
    record.recovery = _recovery(account, done)
    record.violations = account.violations
    return record


def _attack(
    made: World, only: Sequence[Fault], kills: int, chance: random.Random, done: list[tuple[str, float]]
) -> None:
    possible = faults_of(made.pairing)
    weights = [each.weight for each in possible]
    plan = list(only)
    time.sleep(2.0)  # the load has begun by then
    while plan if only else made.kills < kills:
        each = plan.pop(0) if only else chance.choices(possible, weights)[0]
        each.act(made, chance)
        done.append((each.name, time.monotonic()))
        time.sleep(chance.uniform(*BETWEEN))


def _keep(made: World, done: Sequence[tuple[str, float]], logs: Path) -> None:
    logs.mkdir(parents=True, exist_ok=True)
    for process in made.processes:
        shutil.copy(process.log, logs)
    # As the logs have it; what a fault's end is noted by is steady, and has no date.
    since = datetime.now(UTC).timestamp() - time.monotonic()
    lines = [f"{datetime.fromtimestamp(since + over, UTC):%H:%M:%S.%f} {name}\n" for name, over in done]
    (logs / "faults.log").write_text("".join(lines))


def _settle(account: Account) -> None:
    deadline = time.monotonic() + SETTLES_WITHIN
    while account.open() and time.monotonic() < deadline:
        time.sleep(0.2)


def _recovery(account: Account, done: Sequence[tuple[str, float]]) -> dict[str, dict[str, float]]:
    """By fault: seconds from when it was over to the next end of a job that a client heard of."""
    waits: dict[str, list[float]] = {}
    for name, over in done:
        if heard := list(account.ended_since(over)):
            waits.setdefault(name, []).append(heard[0] - over)
    return {
        name: {"median": round(statistics.median(each), 2), "most": round(max(each), 2)}
        for name, each in sorted(waits.items())
    }


def as_json(record: Record, about: dict[str, Any]) -> dict[str, Any]:
    """For a file: what was run on what, then the record."""
    return {**about, **record.__dict__}
