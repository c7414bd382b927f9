"""The thread that sweeps: what the broker does not bring, it takes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import cast

import pytest

from api_schemas.job import JobStatus
from jobstore.broker import Broker
from tests.worker.bench import Bench
from worker.sweeper import Sweeper


@dataclass
class Deaf:
    """A broker that takes messages and brings none; or takes none."""

    away: bool
    sent: list[str] = field(default_factory=list)

    def publish(self, job: str, queue: str) -> None:
        if self.away:
            raise ConnectionError("nobody answers")
        self.sent.append(job)


@contextmanager
def sweeping(bench: Bench, broker: Deaf) -> Iterator[None]:
    runner, stop = bench.runner(), threading.Event()
    thread = Sweeper(
        bench.database,
        cast(Broker, broker),
        queue="cpu",
        max_losses=3,
        every=0.1,
        lease=30.0,
        idle=lambda: runner.idle,
        take=runner.run,
        stop=stop,
    )
    thread.start()
    yield
    stop.set()
    thread.join()


@pytest.mark.parametrize("away", [False, True])
def test_jobs_are_done_while_the_broker_brings_none(bench: Bench, away: bool) -> None:
    broker = Deaf(away)
    ids = [f"{number:032x}" for number in range(3)]
    for id in ids:
        bench.submit("fine", job=id)
    with sweeping(bench, broker):
        for id in ids:
            bench.until(partial(is_done, bench, id))
    assert [bench.standing(id).attempt for id in ids] == [1, 1, 1]
    assert away or set(broker.sent) == set(ids)


def is_done(bench: Bench, job: str) -> bool:
    return bench.standing(job).status is JobStatus.SUCCEEDED
