"""From a job's id to its end: claim, run a child, hand over how it went."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from api_schemas.fan_out import fans_out
from jobstore import fan_out, logs, queries, transitions
from jobstore.artifacts import ArtifactStore
from jobstore.database import Database
from jobstore.records import JobRecord
from jobstore.transitions import Pulse
from worker import problems
from worker.checkpoints import Checkpoints
from worker.endings import Endings
from worker.folders import Folder, job_folder
from worker.messages import Failed, PartDone
from worker.metrics import Figures
from worker.partial import PartialReports
from worker.process import Child
from worker.room import Room, is_full
from worker.settings import WorkerSettings
from worker.shutdown import Shutdown
from worker.supervise import LOOK_EVERY, Canceled, Crashed, Orders, Outcome, Postponed, supervise
from worker.task import Analysis, Errand, PartWork, Planning, Task

log = logging.getLogger(__name__)


class _CanceledError(Exception):
    """The job was asked to end before its child had begun."""


class StoreAwayError(Exception):
    """The artifact store did not give what it has."""


def _read(store: ArtifactStore, blob: str) -> Iterator[bytes]:
    """The content of a blob; raises `StoreAwayError`, and `FileNotFoundError` where the store knows of none."""
    try:
        yield from store.chunks(blob)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise StoreAwayError(str(error)) from error


class Runner:
    """Runs jobs by their id, any number of them in threads, until the shutdown begins."""

    def __init__(
        self,
        settings: WorkerSettings,
        database: Database,
        store: ArtifactStore,
        folder: Path,
        checkpoints: Checkpoints,
        publish: Callable[[str, str], None],
        shutdown: Shutdown,
    ) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._folder = folder
        self._room = Room(folder)
        self._checkpoints = checkpoints
        self._endings = Endings(database, store, checkpoints, publish, shutdown.stop, 2 * settings.store.lease)
        self._shutdown = shutdown
        self._running: list[str] = []
        self._counting = threading.Lock()
        self.figures = Figures(lambda: self.running)

    @property
    def running(self) -> tuple[str, ...]:
        """The ids of the jobs that run here."""
        with self._counting:
            return tuple(self._running)

    @property
    def idle(self) -> bool:
        """Whether nothing runs here and something could."""
        return not self.running and self._room.there()

    def run(self, job: str) -> None:
        """Run a job if there is anything to claim. Never raises for the job's sake: the ledger has the answer."""
        if self._shutdown.closing.is_set():
            return  # still queued in the ledger, and sent again by the sweeper of the next worker
        if not self._room.there():
            return  # likewise
        with self._counting:
            self._running.append(job)
        try:
            with logs.lines_about(job, None):
                record = transitions.claim(self._database, job, self._settings.store.lease)
                if record is None:
                    log.info("job %s: nothing to claim", job)
                    return
                logs.now_about(job, record.request_id)
                log.info("job %s: attempt %d begins", job, record.attempt)
                with job_folder(self._folder, job) as folder:
                    partial = PartialReports(self._database, self._store, record, folder.out)
                    outcome = self._attempt(record, folder, partial)
                    self.figures.ended(outcome)
                    self._endings.settle(partial.record, folder.out, outcome)
        finally:
            with self._counting:
                self._running.remove(job)

    def _attempt(self, record: JobRecord, folder: Folder, partial: PartialReports) -> Outcome:
        try:
            # Another job may have asked for the same part, and had it, since this one was queued.
            known = None if record.parent is None else fan_out.known_result(self._database, record.cache_key)
            if known is not None:
                return PartDone(result=known)
            with self.figures.stages() as entered:
                return supervise(Child(self._task(record, folder)), self._orders(record, entered, partial))
        except _CanceledError:
            return Canceled()
        except StoreAwayError:
            log.exception("job %s: its upload cannot be read now", record.id)
            return Postponed()
        except FileNotFoundError:
            log.exception("job %s: its upload is gone", record.id)
            return Failed(problem=problems.upload_gone())
        except Exception as error:
            log.exception("job %s: the worker could not run it", record.id)
            return Crashed(problems.no_room() if is_full(error) else problems.internal())

    def _task(self, record: JobRecord, folder: Folder) -> Task:
        return Task(
            job=record.id,
            engine=self._settings.engine,
            request=dict(record.request),
            name=record.request.get("name") or "model",
            model=self._fetched(record, record.model_blob, folder.model),
            images=self._fetched(record, record.images_blob, folder.images),
            objects=self._fetched(record, record.objects_blob, folder.objects),
            out=folder.out,
            empty=folder.empty,
            memory=0 if self._settings.gpu_memory else self._settings.child_memory,
            gpu_memory=self._settings.gpu_memory,
            request_id=record.request_id,
            errand=self._errand(record),
        )

    def _errand(self, record: JobRecord) -> Errand:
        if record.parent is not None:
            self._checkpoints.sweep()
            part = fan_out.part_of(self._database, record.id)
            return PartWork(part.body, self._checkpoints.path(record.cache_key))
        if fans_out(record.request):
            return Planning(fan_out.outcomes(self._database, record.id), self._settings.fan_out)
        return Analysis()

    def _orders(self, record: JobRecord, entered: Callable[[str], None], partial: PartialReports) -> Orders:
        part = record.parent is not None
        plans = not part and fans_out(record.request)

        def beat(stage: str, progress: float) -> Pulse:
            # How far a step of planning is says nothing about the job, whose work is in its parts.
            return self._beat(record, stage, None if plans else progress)

        orders = Orders(
            beat=beat,
            canceled=lambda: self._canceled(record),
            stop=self._shutdown.stop,
            entered=entered,
            timeout=self._settings.part_timeout if part else self._settings.job_timeout,
            timeout_setting="RFENGINE_PART_TIMEOUT" if part else "RFENGINE_JOB_TIMEOUT",
            beat_every=self._settings.store.lease / 3,
        )
        # What a part knows is its parent's to tell, and a planner tells it with its plan.
        return orders if part or plans else replace(orders, so_far=partial.keep)

    def _fetched(self, record: JobRecord, blob: str | None, path: Path) -> Path | None:
        if blob is None:
            return None
        beaten = looked = time.monotonic()
        with path.open("wb") as file:
            for chunk in _read(self._store, blob):
                file.write(chunk)
                if time.monotonic() - looked >= LOOK_EVERY:
                    if self._canceled(record):
                        raise _CanceledError
                    looked = time.monotonic()
                # A large file from a slow store can take longer than a lease lasts.
                if time.monotonic() - beaten >= self._settings.store.lease / 3:
                    self._beat(record, "fetch", None)
                    beaten = time.monotonic()
        return path

    def _beat(self, record: JobRecord, stage: str, progress: float | None) -> Pulse:
        lease = self._settings.store.lease
        try:
            return transitions.heartbeat(self._database, record.id, record.attempt, lease, stage, progress)
        except Exception:
            # A database that is away for a moment is no reason to throw work away; the fence decides at the end.
            log.exception("job %s: no heartbeat", record.id)
            return Pulse(held=True, cancel=False)

    def _canceled(self, record: JobRecord) -> bool:
        try:
            return queries.cancel_requested(self._database, record.id)
        except Exception:
            return False
