"""The ledger in figures, for whoever watches the service. Nothing here changes a job.

What has ended stays as it is, so it is counted once and remembered by `History`: a look costs what is new, not
what there is. Every process that looks comes to the same figures, since all come from the ledger.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import ColumnElement, RowMapping, case, func, select

from api_schemas.job import JobStatus
from jobstore.database import Database
from jobstore.tables import artifacts, jobs

# Seconds; the upper ends of the classes into which waiting and running times are counted.
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 150.0, 300.0, 900.0, 3600.0, 14400.0)

# A commit may become visible so many seconds after the time that it wrote, clocks of several machines included.
SETTLES = 60.0

# Ends that nothing undoes; a failed job can be taken up again by an operator.
_FOR_GOOD = (JobStatus.SUCCEEDED.value, JobStatus.CANCELED.value)


class Sort(NamedTuple):
    """What jobs are told apart by; `kind` is `analysis`, `sweep` or `part`."""

    queue: str
    kind: str
    status: str


@dataclass(frozen=True)
class Times:
    """How many jobs took how long: one number per class of `BOUNDS` and one for what is longer; the sum in seconds."""

    counts: tuple[int, ...] = (0,) * (len(BOUNDS) + 1)
    seconds: float = 0.0

    def __add__(self, other: "Times") -> "Times":
        return Times(tuple(map(sum, zip(self.counts, other.counts, strict=True))), self.seconds + other.seconds)


@dataclass(frozen=True)
class Ended:
    """Jobs that ended for good: how many, in how many attempts, how long they waited to be started and then ran."""

    jobs: int = 0
    attempts: int = 0
    waited: Times = field(default_factory=Times)
    ran: Times = field(default_factory=Times)

    def __add__(self, other: "Ended") -> "Ended":
        return Ended(
            self.jobs + other.jobs,
            self.attempts + other.attempts,
            self.waited + other.waited,
            self.ran + other.ran,
        )


@dataclass(frozen=True)
class Standing:
    """Jobs that have not ended for good, of one sort: how many, what they cost so far, when the oldest came in."""

    sort: Sort
    jobs: int
    attempts: int
    losses: int
    crashes: int
    oldest: float


class History:
    """What has ended for good so far, by sort; remembers what cannot change any more. One thread at a time."""

    def __init__(self) -> None:
        self._settled: dict[Sort, Ended] = {}
        self._until = float("-inf")

    def read(self, database: Database) -> Mapping[Sort, Ended]:
        """Everything up to now."""
        until = max(self._until, database.clock() - SETTLES)
        self._settled = _merged([*self._settled.items(), *_ended(database, self._until, until)])
        self._until = until
        return _merged([*self._settled.items(), *_ended(database, until, float("inf"))])


def standing(database: Database) -> tuple[Standing, ...]:
    """Everything that has not ended for good."""
    wanted = (
        select(
            jobs.c.queue,
            _kind().label("kind"),
            jobs.c.status,
            func.count().label("number"),
            func.sum(jobs.c.attempt).label("attempts"),
            func.sum(jobs.c.losses).label("losses"),
            func.sum(jobs.c.crashes).label("crashes"),
            func.min(jobs.c.created).label("oldest"),
        )
        .where(jobs.c.status.in_([status.value for status in JobStatus if status.value not in _FOR_GOOD]))
        .group_by(jobs.c.queue, "kind", jobs.c.status)
    )
    with database.read() as connection:
        rows = connection.execute(wanted).mappings().all()
    return tuple(
        Standing(_sort(row), row["number"], row["attempts"], row["losses"], row["crashes"], row["oldest"])
        for row in rows
    )


def failures(database: Database) -> Mapping[tuple[str, str], int]:
    """How many jobs of the ledger have failed, by queue and by the type of their problem; purged ones have lost it."""
    kind = jobs.c.error["type"].as_string()
    wanted = (
        select(jobs.c.queue, kind.label("kind"), func.count().label("number"))
        .where(jobs.c.status == JobStatus.FAILED.value, jobs.c.purged.is_(None))
        .group_by(jobs.c.queue, "kind")
    )
    with database.read() as connection:
        return {(row.queue, row.kind or "unknown"): row.number for row in connection.execute(wanted)}


@dataclass(frozen=True)
class Kept:
    """The files that jobs made and that the ledger knows: how many, and bytes."""

    files: int
    bytes: int


def kept(database: Database) -> Kept:
    """All artifacts; this reads their whole table, so do not ask every second."""
    with database.read() as connection:
        row = connection.execute(select(func.count(), func.coalesce(func.sum(artifacts.c.bytes), 0))).one()
    return Kept(int(row[0]), int(row[1]))


def _ended(database: Database, after: float, until: float) -> Iterable[tuple[Sort, Ended]]:
    """What ended for good at a time t, after < t <= until."""
    waited, ran = jobs.c.started - jobs.c.created, jobs.c.ended - jobs.c.started
    wanted = (
        select(
            jobs.c.queue,
            _kind().label("kind"),
            jobs.c.status,
            _class(waited).label("waited"),
            _class(ran).label("ran"),
            func.count().label("number"),
            func.sum(jobs.c.attempt).label("attempts"),
            func.sum(_at_least_0(waited)).label("seconds_waited"),
            func.sum(_at_least_0(ran)).label("seconds_ran"),
        )
        .where(jobs.c.ended.is_not(None))
        .group_by(jobs.c.queue, "kind", jobs.c.status, "waited", "ran")
    )
    # An infinite end would be sent as a number that not every driver has.
    if after > float("-inf"):
        wanted = wanted.where(jobs.c.ended > after)
    if until < float("inf"):
        wanted = wanted.where(jobs.c.ended <= until)
    with database.read() as connection:
        rows = connection.execute(wanted).mappings().all()
    # Asked for by status as well, a database may take the index of that, and read all rows that there are.
    for row in rows:
        if row["status"] not in _FOR_GOOD:
            continue
        number = row["number"]
        yield (
            _sort(row),
            Ended(
                jobs=number,
                attempts=row["attempts"],
                waited=_times(row["waited"], number, row["seconds_waited"]),
                ran=_times(row["ran"], number, row["seconds_ran"]),
            ),
        )


def _merged(found: Iterable[tuple[Sort, Ended]]) -> dict[Sort, Ended]:
    merged: dict[Sort, Ended] = defaultdict(Ended)
    for sort, ended in found:
        merged[sort] += ended
    return dict(merged)


def _times(index: int | None, number: int, seconds: float | None) -> Times:
    """All in one class; none where the time is not known, as that of a job that was never started."""
    if index is None:
        return Times()
    return Times(tuple(number if place == index else 0 for place in range(len(BOUNDS) + 1)), seconds or 0.0)


def _sort(row: RowMapping) -> Sort:
    return Sort(row["queue"], row["kind"], row["status"])


def _kind() -> ColumnElement[str]:
    return case((jobs.c.parent.is_not(None), "part"), (jobs.c.reaches.is_not(None), "sweep"), else_="analysis")


def _class(seconds: ColumnElement[float]) -> ColumnElement[int | None]:
    """The index of the first bound that the time does not exceed; NULL for a time that is NULL."""
    known = [(seconds <= bound, index) for index, bound in enumerate(BOUNDS)]
    return case((seconds.is_(None), None), *known, else_=len(BOUNDS))


def _at_least_0(seconds: ColumnElement[float]) -> ColumnElement[float]:
    # The clocks of two machines may differ; a sum of a counter must never fall.
    return case((seconds > 0.0, seconds), else_=0.0)
