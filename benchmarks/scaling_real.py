"""The simulation against real processes: two workers, 200 jobs that do nothing, all there at once.

    python -m benchmarks.scaling_real

The time that one worker takes per job is measured on 30 jobs with one worker; the simulation says from it how long two
workers take for 200, and how long a job waits on average.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from api_schemas.request import AnalyzeRequest
from benchmarks.fleet import Fleet, Job, Kind, Plant
from jobstore import queries, transitions, workers
from jobstore.broker import open_broker
from jobstore.database import Database, open_database
from jobstore.records import JobRecord, NewJob
from tests.service.processes import Deployment, eventually

CALIBRATION = 30  # jobs
TOLERANCE = 0.35  # of what was, on a machine that does other things as well

NOTHING = Kind("nothing", 1.0, 0.0, 0.0, 1e9, 0, 0.0, 0.0, 0)


@dataclass(frozen=True)
class Run:
    """Jobs that were there at once: seconds from the first submission to the last end, and mean wait for a worker."""

    workers: int
    jobs: int
    makespan: float
    wait: float


def real(folder: Path, number: int, jobs: int) -> Run:
    """Through real worker processes over SQLite."""
    deployment = Deployment(folder)
    database = open_database(f"sqlite:///{folder}/ledger.db")
    broker = open_broker(f"sqlite:///{folder}/broker.db")
    request = AnalyzeRequest(name="fine").model_dump(mode="json")
    with ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(deployment.worker())
        eventually(lambda: len(workers.present(database)) == number, within=60.0)
        _run(database, broker.publish, [NewJob(f"warm{place:028x}", request, "warm") for place in range(2 * number)])
        mine = [NewJob(f"{place:032x}", request, f"key {place}") for place in range(jobs)]
        ended = _run(database, broker.publish, mine)
    broker.close()
    database.close()
    first = min(job.created for job in ended)
    waits = [job.started - job.created for job in ended if job.started is not None]
    return Run(number, jobs, max(job.ended or 0.0 for job in ended) - first, sum(waits) / len(waits))


def _run(database: Database, publish: object, jobs: list[NewJob]) -> list[JobRecord]:
    assert callable(publish)
    for job in jobs:
        transitions.submit(database, job)
        publish(job.id, "cpu")

    def ended() -> list[JobRecord] | None:
        found = [queries.get(database, job.id) for job in jobs]
        done = [job for job in found if job is not None and job.ended is not None]
        return done if len(done) == len(jobs) else None

    found: list[JobRecord] = eventually(ended, within=300.0)
    return found


class Burst(Fleet):
    """Jobs that are all there at the beginning, each of the same work."""

    def __init__(self, plant: Plant, jobs: int, work: float) -> None:
        self._burst = (Job(NOTHING, work, 0.0) for _ in range(jobs))
        super().__init__(plant, hours=24.0, seed=0)

    def _arrivals(self) -> Iterator[Job]:
        return self._burst


def simulated(number: int, jobs: int, work: float) -> Run:
    """What the simulation says, where a worker takes so many seconds per job, its steps in the ledger within them."""
    steps = dict.fromkeys(("submit", "claim", "heartbeat", "finish", "sweep", "turn", "presence"), 0.0)
    plant = Plant(number, 0.0, (NOTHING,), steps, message=0.0, stored=0.0, turnover=0.0, losses_per_worker_day=0.0)
    fleet = Burst(plant, jobs, work)
    ends: list[float] = []
    finish = fleet._finish

    def noted(pair: tuple[int, Job]) -> None:
        ends.append(fleet.time.now)
        finish(pair)

    fleet._finish = noted  # type: ignore[method-assign]
    told = fleet.run(warm_up=0.0)
    return Run(number, jobs, max(ends), told.waits.mean)


def compare() -> tuple[Run, Run]:
    """What was, and what was foretold."""
    with tempfile.TemporaryDirectory() as folder:
        one = real(Path(folder) / "one", 1, CALIBRATION)
        two = real(Path(folder) / "two", 2, 200)
    return two, simulated(2, 200, one.makespan / one.jobs)


if __name__ == "__main__":
    for run in compare():
        print(run)
