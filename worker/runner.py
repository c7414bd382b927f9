"""From a job's id to its end: claim, run a child, hand over how it went."""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from api_schemas.fan_out import fans_out
from jobstore import fan_out, queries, transitions
from jobstore.artifacts import ArtifactStore
from jobstore.database import Database
from jobstore.records import JobRecord
from jobstore.transitions import Pulse
from worker import problems
from worker.checkpoints import Checkpoints
from worker.endings import Endings
from worker.folders import Folder, job_folder
from worker.messages import Failed, PartDone
from worker.process import Child
from worker.settings import WorkerSettings
from worker.supervise import Crashed, Orders, Outcome, supervise
from worker.task import Analysis, Errand, PartWork, Planning, Task

log = logging.getLogger(__name__)


class Runner:
    """Runs jobs by their id, any number of them in threads; `stop` makes all of them hand their job back."""

    def __init__(
        self,
        settings: WorkerSettings,
        database: Database,
        store: ArtifactStore,
        folder: Path,
        checkpoints: Checkpoints,
        publish: Callable[[str, str], None],
        stop: threading.Event,
    ) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._folder = folder
        self._checkpoints = checkpoints
        self._endings = Endings(database, store, checkpoints, publish, stop, patience=2 * settings.store.lease)
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
                self._endings.settle(record, folder.out, self._attempt(record, folder))
        finally:
            with self._counting:
                self._active -= 1

    def _attempt(self, record: JobRecord, folder: Folder) -> Outcome:
        try:
            # Another job may have asked for the same part, and had it, since this one was queued.
            known = None if record.parent is None else fan_out.known_result(self._database, record.cache_key)
            if known is not None:
                return PartDone(result=known)
            return supervise(Child(self._task(record, folder)), self._orders(record))
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
            model=self._fetched(record, record.model_blob, folder.model),
            images=self._fetched(record, record.images_blob, folder.images),
            objects=self._fetched(record, record.objects_blob, folder.objects),
            out=folder.out,
            empty=folder.empty,
            memory=self._settings.child_memory,
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

    def _orders(self, record: JobRecord) -> Orders:
        part = record.parent is not None
        plans = not part and fans_out(record.request)

        def beat(stage: str, progress: float) -> Pulse:
            # How far a step of planning is says nothing about the job, whose work is in its parts.
            return self._beat(record, stage, None if plans else progress)

        return Orders(
            beat=beat,
            canceled=lambda: self._canceled(record),
            stop=self._stop,
            timeout=self._settings.part_timeout if part else self._settings.job_timeout,
            timeout_setting="RFENGINE_PART_TIMEOUT" if part else "RFENGINE_JOB_TIMEOUT",
            beat_every=self._settings.store.lease / 3,
        )

    def _fetched(self, record: JobRecord, blob: str | None, path: Path) -> Path | None:
        if blob is None:
            return None
        beaten = time.monotonic()
        with path.open("wb") as file:
            for chunk in self._store.chunks(blob):
                file.write(chunk)
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
