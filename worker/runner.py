"""From a job's id to its end: claim, run a child, write down how it went."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from jobstore import queries, transitions
from jobstore.artifacts import ArtifactStore
from jobstore.database import Database
from jobstore.records import JobRecord
from jobstore.transitions import Pulse
from worker import problems
from worker.child import Task
from worker.collect import BadArtifactError, collect
from worker.folders import Folder, job_folder
from worker.messages import Done, Failed
from worker.process import Child
from worker.settings import WorkerSettings
from worker.supervise import Canceled, Crashed, HandedBack, Lost, Orders, Outcome, supervise

log = logging.getLogger(__name__)


class Runner:
    """Runs jobs by their id, any number of them in threads; `stop` makes all of them hand their job back."""

    def __init__(
        self,
        settings: WorkerSettings,
        database: Database,
        store: ArtifactStore,
        folder: Path,
        stop: threading.Event,
    ) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._folder = folder
        self._stop = stop
        self._active = 0
        self._counting = threading.Lock()

    @property
    def idle(self) -> bool:
        """Whether no job runs here."""
        return self._active == 0

    def run(self, job: str) -> None:
        """Run a job if there is anything to claim. Never raises for the job's sake: the ledger has the answer."""
        if self._stop.is_set():
            return  # still queued in the ledger, and sent again by the sweeper of the next worker
        with self._counting:
            self._active += 1
        try:
            record = transitions.claim(self._database, job, self._settings.store.lease)
            if record is None:
                log.info("job %s: nothing to claim", job)
                return
            log.info("job %s: attempt %d begins", job, record.attempt)
            with job_folder(self._folder, job) as folder:
                self._settle(record, folder, self._attempt(record, folder))
        finally:
            with self._counting:
                self._active -= 1

    def _attempt(self, record: JobRecord, folder: Folder) -> Outcome:
        try:
            task = self._task(record, folder)
            orders = Orders(
                beat=lambda stage, progress: self._beat(record, stage, progress),
                canceled=lambda: self._canceled(record),
                stop=self._stop,
                timeout=self._settings.job_timeout,
                beat_every=self._settings.store.lease / 3,
            )
            return supervise(Child(task), orders)
        except FileNotFoundError:
            log.exception("job %s: its upload is gone", record.id)
            return Failed(problem=problems.upload_gone())
        except Exception:
            log.exception("job %s: the worker could not run it", record.id)
            return Crashed(problems.internal())

    def _task(self, record: JobRecord, folder: Folder) -> Task:
        return Task(
            job=record.id,
            engine=self._settings.engine,
            request=dict(record.request),
            name=record.request.get("name") or "model",
            model=self._fetched(record.model_blob, folder.model),
            images=self._fetched(record.images_blob, folder.images),
            out=folder.out,
            empty=folder.empty,
            memory=self._settings.child_memory,
        )

    def _fetched(self, blob: str | None, path: Path) -> Path | None:
        if blob is None:
            return None
        with path.open("wb") as file:
            for chunk in self._store.chunks(blob):
                file.write(chunk)
        return path

    def _settle(self, record: JobRecord, folder: Folder, outcome: Outcome) -> None:
        log.info("job %s: attempt %d ends: %s", record.id, record.attempt, type(outcome).__name__.lower())
        if isinstance(outcome, Done):
            outcome = self._succeed(record, folder, outcome)
        match outcome:
            case Failed():
                self._patiently(lambda: transitions.fail(self._database, record.id, record.attempt, outcome.problem))
            case Crashed():
                self._patiently(lambda: transitions.crash(self._database, record.id, record.attempt, outcome.problem))
            case Canceled():
                self._patiently(lambda: transitions.end_canceled(self._database, record.id, record.attempt))
            case HandedBack():
                self._patiently(lambda: transitions.release(self._database, record.id, record.attempt))
            case Lost() | Done():
                pass

    def _succeed(self, record: JobRecord, folder: Folder, done: Done) -> Outcome:
        try:
            files = collect(self._store, folder.out, done.artifacts)
        except BadArtifactError:
            log.exception("job %s: what it made cannot be kept", record.id)
            return Failed(problem=problems.internal())
        except Exception:
            log.exception("job %s: its files could not be stored", record.id)
            return Crashed(problems.internal())
        self._patiently(lambda: transitions.finish(self._database, record.id, record.attempt, done.summary, files))
        return done

    def _beat(self, record: JobRecord, stage: str, progress: float) -> Pulse:
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

    def _patiently(self, action: Callable[[], object]) -> None:
        """Write an end down, trying again for two leases; after that the job is somebody else's."""
        deadline = time.monotonic() + 2 * self._settings.store.lease
        while True:
            try:
                if not action():
                    log.warning("an attempt ended after its lease; its result is dropped")
                return
            except Exception:
                if time.monotonic() > deadline or self._stop.is_set():
                    raise
                log.exception("the ledger did not take an end; trying again")
                time.sleep(1.0)
