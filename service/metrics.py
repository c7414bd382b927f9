"""`GET /metrics`: the ledger's figures, which are the same in every API process, and those of this process."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from jobstore import statistics, workers
from jobstore.database import Database
from jobstore.statistics import BOUNDS, Ended, History, Kept, Sort, Standing, Times
from service.disk import Disk
from service.stores import Stores

log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])

QUEUES = ("cpu", "gpu")  # told of even where they are empty, so that an alarm has something to compare
FRESH = 1.0  # seconds for which figures are handed out again: scrapes at once cost one look
KEPT_EVERY = 15.0  # seconds between looks at all artifacts, which read a whole table

RESULTS = ("queued", "cached", "replayed")

_HTTP = ("GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "OPTIONS")
_LATENCIES = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Traffic:
    """What this process has answered."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "rfengine_http_requests",
            "HTTP requests answered by this process; status 0: broken off before an answer.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "rfengine_http_request_duration_seconds",
            "From a request's first byte to its answer's last; of an event stream, to its first.",
            ("method", "route"),
            buckets=_LATENCIES,
            registry=registry,
        )
        self._submissions = Counter(
            "rfengine_submissions",
            "Questions taken by this process: cached, an earlier job answers; replayed, sent again with its key.",
            ("result",),
            registry=registry,
        )
        self.streams = Gauge("rfengine_event_streams", "Event streams that this process holds open.", registry=registry)
        for result in RESULTS:
            self._submissions.labels(result)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count an answer."""
        known = method if method in _HTTP else "other"  # a client may invent methods, but not our labels
        self._requests.labels(known, route, str(status)).inc()
        self._seconds.labels(known, route).observe(seconds)

    def taken(self, result: str) -> None:
        """Count a question that was taken: one of `RESULTS`."""
        self._submissions.labels(result).inc()


class LedgerCollector(Collector):
    """The ledger's figures, read when they are asked for; `rfengine_ledger_up` alone where it does not answer."""

    def __init__(self, database: Database, disks: Iterable[Disk], patience: float) -> None:
        self._database = database
        self._disks = tuple(disks)
        self._patience = patience
        self._history = History()
        self._lock = threading.Lock()
        self._metrics: tuple[Metric, ...] = ()
        self._read_at = self._kept_at = float("-inf")
        self._kept = Kept(0, 0)

    def describe(self) -> Iterable[Metric]:
        """Nothing: without it, registering would read the ledger."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """All figures, at most `FRESH` seconds old."""
        with self._lock:
            if time.monotonic() - self._read_at >= FRESH:
                self._metrics = (*self._ledger(), *_disks(self._disks))
                self._read_at = time.monotonic()
            return self._metrics

    def _ledger(self) -> tuple[Metric, ...]:
        up = GaugeMetricFamily("rfengine_ledger_up", "Whether the ledger answers this process.")
        try:
            found = (*self._jobs(), *self._workers(), *self._artifacts())
        except Exception:
            log.warning("the ledger's figures could not be read", exc_info=True)
            up.add_metric((), 0)
            return (up,)
        up.add_metric((), 1)
        return (up, *found)

    def _jobs(self) -> Iterator[Metric]:
        ended = self._history.read(self._database)
        standing = statistics.standing(self._database)
        yield _numbers(ended, standing)
        yield from _queues(standing, self._database.clock())
        yield from _costs(ended, standing)
        yield from _durations(ended)
        failed = GaugeMetricFamily(
            "rfengine_failed_jobs", "Failed jobs in the ledger, by the code of their problem.", labels=("queue", "code")
        )
        for (queue, kind), number in statistics.failures(self._database).items():
            failed.add_metric((queue, kind.removeprefix("urn:rfengine:")), number)
        yield failed

    def _workers(self) -> Iterator[Metric]:
        now = self._database.clock()
        number = dict.fromkeys(((queue, state) for queue in QUEUES for state in ("alive", "stopping", "lost")), 0)
        for worker in workers.present(self._database):
            state = "lost" if not worker.lives(now, self._patience) else "stopping" if worker.stopping else "alive"
            number[worker.queue, state] = number.get((worker.queue, state), 0) + 1
        shown = GaugeMetricFamily(
            "rfengine_workers", "Worker processes; lost: no sign of life, nor of an end.", labels=("queue", "state")
        )
        for labels, count in number.items():
            shown.add_metric(labels, count)
        yield shown

    def _artifacts(self) -> Iterator[Metric]:
        if time.monotonic() - self._kept_at >= KEPT_EVERY:
            self._kept = statistics.kept(self._database)
            self._kept_at = time.monotonic()
        yield GaugeMetricFamily("rfengine_artifact_bytes", "Bytes of all files that jobs made.", self._kept.bytes)
        yield GaugeMetricFamily("rfengine_artifact_files", "Number of all files that jobs made.", self._kept.files)


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
def metrics(request: Request, accept: Annotated[str, Header()] = "") -> Response:
    """Figures for Prometheus, in its text format or in OpenMetrics, as `Accept` says."""
    encode, media_type = choose_encoder(accept)
    content = encode(request.app.state.registry)
    return Response(content, headers={"Content-Type": media_type, "Cache-Control": "no-store"})


def _of(request: Request) -> Traffic:
    traffic: Traffic = request.app.state.traffic
    return traffic


Counting = Annotated[Traffic, Depends(_of)]


def own_registry() -> CollectorRegistry:
    """A registry with this process's memory, CPU time and open files."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    return registry


def ledger_collector(stores: Stores) -> LedgerCollector:
    """The collector over a process's stores; a worker is lost when it has missed three signs of life."""
    return LedgerCollector(stores.database, stores.disks, patience=stores.settings.store.lease)


def _numbers(ended: Mapping[Sort, Ended], standing: Iterable[Standing]) -> Metric:
    shown = GaugeMetricFamily("rfengine_jobs", "Jobs in the ledger.", labels=Sort._fields)
    for sort, one in ended.items():
        shown.add_metric(sort, one.jobs)
    for other in standing:
        shown.add_metric(other.sort, other.jobs)
    return shown


def _queues(standing: Iterable[Standing], now: float) -> Iterator[Metric]:
    depth = GaugeMetricFamily("rfengine_queue_depth", "Jobs that wait for a worker.", labels=("queue",))
    age = GaugeMetricFamily(
        "rfengine_queue_oldest_age_seconds", "Since the oldest waiting job came in; 0: none waits.", labels=("queue",)
    )
    queued = [one for one in standing if one.sort.status == "queued"]
    for queue in sorted({*QUEUES, *(one.sort.queue for one in queued)}):
        here = [one for one in queued if one.sort.queue == queue]
        depth.add_metric((queue,), sum(one.jobs for one in here))
        age.add_metric((queue,), max((max(0.0, now - one.oldest) for one in here), default=0.0))
    yield depth
    yield age


def _costs(ended: Mapping[Sort, Ended], standing: Iterable[Standing]) -> Iterator[Metric]:
    attempts = CounterMetricFamily("rfengine_attempts", "How often workers have taken jobs up.", labels=("queue",))
    losses = GaugeMetricFamily(
        "rfengine_lost_attempts", "Attempts of jobs not done that ended with their worker.", labels=("queue",)
    )
    crashes = GaugeMetricFamily(
        "rfengine_crashed_attempts", "Attempts of jobs not done whose process died.", labels=("queue",)
    )
    standing = tuple(standing)
    for queue in sorted({*QUEUES, *(sort.queue for sort in ended), *(one.sort.queue for one in standing)}):
        here = [one for one in standing if one.sort.queue == queue]
        done = sum(one.attempts for sort, one in ended.items() if sort.queue == queue)
        attempts.add_metric((queue,), done + sum(one.attempts for one in here))
        losses.add_metric((queue,), sum(one.losses for one in here))
        crashes.add_metric((queue,), sum(one.crashes for one in here))
    yield from (attempts, losses, crashes)


def _durations(ended: Mapping[Sort, Ended]) -> Iterator[Metric]:
    waited = HistogramMetricFamily(
        "rfengine_job_wait_seconds", "From a job's arrival to its first attempt.", labels=Sort._fields
    )
    ran = HistogramMetricFamily(
        "rfengine_job_run_seconds", "From a job's first attempt to its end.", labels=Sort._fields
    )
    for sort, one in ended.items():
        waited.add_metric(sort, _buckets(one.waited), one.waited.seconds)
        ran.add_metric(sort, _buckets(one.ran), one.ran.seconds)
    yield from (waited, ran)


def _buckets(times: Times) -> list[tuple[str, float]]:
    total, shown = 0, []
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), times.counts, strict=True):
        total += count
        shown.append((bound, float(total)))
    return shown


def _disks(disks: Iterable[Disk]) -> Iterator[Metric]:
    free = GaugeMetricFamily("rfengine_disk_free_bytes", "Free bytes of the disk that holds it.", labels=("store",))
    for disk in disks:
        left = disk.free()
        if left is not None:
            free.add_metric((disk.name,), left)
    yield free
