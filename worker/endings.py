"""Writes down how an attempt ended, keeps what it made, and says what can be claimed because of it."""

import importlib.metadata
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from api_schemas.fan_out import fans_out
from api_schemas.job import Artifact, JobStatus
from jobstore import fan_out, queries, transitions
from jobstore.artifacts import ArtifactStore
from jobstore.database import Database
from jobstore.records import JobRecord, StoredArtifact
from worker import problems
from worker.checkpoints import Checkpoints
from worker.collect import BadArtifactError, collect
from worker.messages import Done, Failed, PartDone, Spreading
from worker.partial import forget_partial
from worker.supervise import Canceled, Crashed, HandedBack, Lost, Outcome, Postponed

log = logging.getLogger(__name__)

# Of a job whose files cannot be had or kept, with half a lease between two: with the usual lease the store may be away
# for a quarter of an hour.
MOST_ATTEMPTS = 64


@dataclass(frozen=True)
class Endings:
    """Where ends are written; `patience` is how long the ledger may be away, in seconds."""

    database: Database
    store: ArtifactStore
    checkpoints: Checkpoints
    publish: Callable[[str, str], None]
    stop: threading.Event
    patience: float

    def settle(self, record: JobRecord, out: Path, outcome: Outcome) -> None:
        """Bring the job to where the outcome leads; an attempt that has lost its job changes nothing."""
        log.info("job %s: attempt %d ends: %s", record.id, record.attempt, type(outcome).__name__.lower())
        outcome, files = self._collected(record, out, _believed(record, outcome))
        database, job, attempt = self.database, record.id, record.attempt
        match outcome:
            case Done():
                if self._patiently(lambda: transitions.finish(database, job, attempt, outcome.summary, files)):
                    forget_partial(self.store, record)
            case Spreading():
                self._spread(record, outcome, files)
            case PartDone():
                if self._patiently(lambda: transitions.finish_part(database, job, attempt, outcome.result)):
                    self.checkpoints.drop(record.cache_key)
            case Failed(problem=problem, again=True) | Crashed(problem=problem):
                self._patiently(lambda: transitions.crash(database, job, attempt, problem))
            case Failed():
                self._patiently(lambda: transitions.fail(database, job, attempt, outcome.problem))
            case Canceled():
                self._patiently(lambda: transitions.end_canceled(database, job, attempt))
            case Postponed():
                self._postpone(record)
            case HandedBack():
                self._patiently(lambda: transitions.release(database, job, attempt))
            case Lost():
                pass
        if record.parent is not None:
            self._publish_if_queued(record.parent)

    def _collected(self, record: JobRecord, out: Path, outcome: Outcome) -> tuple[Outcome, tuple[StoredArtifact, ...]]:
        """The outcome with its files stored; another outcome where they cannot be."""
        try:
            return outcome, collect(self.store, out, _announced(outcome))
        except BadArtifactError:
            log.exception("job %s: what it made cannot be kept", record.id)
            return Failed(problem=problems.internal()), ()
        except Exception:
            log.exception("job %s: its files could not be stored", record.id)
            return Postponed(), ()

    def _postpone(self, record: JobRecord) -> None:
        """Back into the queue without a count, but not for ever, and not as fast as a queue can turn."""
        if record.attempt >= MOST_ATTEMPTS:
            self._patiently(lambda: transitions.fail(self.database, record.id, record.attempt, problems.store_away()))
            return
        self.stop.wait(min(self.patience / 4, 0.1 * 2.0 ** min(record.attempt, 10)))
        self._patiently(lambda: transitions.release(self.database, record.id, record.attempt))

    def _spread(self, record: JobRecord, said: Spreading, files: Sequence[StoredArtifact]) -> None:
        queued: list[str] = []

        def write() -> bool:
            children = fan_out.spread(
                self.database,
                record.id,
                record.attempt,
                said.spread,
                engine_version=importlib.metadata.version("rfengine"),
                partial=files[0] if files else None,
            )
            queued.extend(children or ())
            return children is not None

        if self._patiently(write):
            forget_partial(self.store, record)
        for job in queued:
            if not self._published(job, record.queue):
                break  # the broker is away; sweeps send the rest when it is back

    def _publish_if_queued(self, parent: str) -> None:
        # Its children's end may have queued it. Nothing is lost where this fails: sweeps send what is queued.
        with suppress(Exception):
            found = queries.get(self.database, parent)
            if found is not None and found.status is JobStatus.QUEUED:
                self._published(found.id, found.queue)

    def _published(self, job: str, queue: str) -> bool:
        try:
            self.publish(job, queue)
        except Exception:
            log.warning("job %s: its id was not published; a sweep will do it", job, exc_info=True)
            return False
        return True

    def _patiently(self, action: Callable[[], object]) -> bool:
        """Write an end down, trying again while patience lasts; after that the job is somebody else's, and False."""
        deadline = time.monotonic() + self.patience
        while True:
            try:
                written = bool(action())
                if not written:
                    log.warning("an attempt ended after its lease; its result is dropped")
                return written
            except Exception:
                if time.monotonic() > deadline or self.stop.is_set():
                    raise
                log.exception("the ledger did not take an end; trying again")
                time.sleep(1.0)


def _believed(record: JobRecord, outcome: Outcome) -> Outcome:
    """The outcome; a fault of ours where the child answered what it was not asked."""
    if record.parent is not None:
        fits = not isinstance(outcome, Done | Spreading)
    else:
        fits = not isinstance(outcome, PartDone) and (not isinstance(outcome, Spreading) or fans_out(record.request))
    if fits:
        return outcome
    log.error("job %s: its child answered what it was not asked: %s", record.id, type(outcome).__name__)
    return Failed(problem=problems.internal())


def _announced(outcome: Outcome) -> tuple[Artifact, ...]:
    match outcome:
        case Done():
            return outcome.artifacts
        case Spreading(partial=Artifact() as partial):
            return (partial,)
        case _:
            return ()
