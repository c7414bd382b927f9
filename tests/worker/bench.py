"""A runner over a ledger and a store of its own, with an engine that needs no torch."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import SweepOptions
from jobstore import queries, transitions
from jobstore.artifacts import ArtifactStore, open_artifacts
from jobstore.database import Database, open_database
from jobstore.records import JobRecord, NewJob
from jobstore.settings import StoreSettings
from worker.checkpoints import open_checkpoints
from worker.runner import Runner
from worker.settings import WorkerSettings
from worker.shutdown import Shutdown

FAKE = "tests.worker.fake_engine"


class Bench:
    """A runner, and a broker that is a list: what was published and not yet taken."""

    def __init__(self, folder: Path) -> None:
        store = StoreSettings("unused", f"sqlite:///{folder}/ledger.db", f"file://{folder}/store", lease=5.0)
        self.settings = WorkerSettings(
            store, engine=FAKE, job_timeout=30.0, child_memory=128 << 20, checkpoints=folder / "checkpoints"
        )
        self.database: Database = open_database(store.database_url)
        self.store: ArtifactStore = open_artifacts(store.artifact_url)
        self.folder = folder / "work"
        self.folder.mkdir()
        self.shutdown = Shutdown(0.0)
        self.stop = self.shutdown.stop
        self.published: deque[str] = deque()

    def submit(
        self,
        behaviour: str,
        model: bytes | None = None,
        images: bytes | None = None,
        objects: bytes | None = None,
        job: str = "j",
    ) -> str:
        request = AnalyzeRequest(name=behaviour).model_dump(mode="json")
        new = NewJob(
            job,
            request,
            "key",
            model_blob=self._stored("models", model),
            images_blob=self._stored("images", images),
            objects_blob=self._stored("objects", objects),
        )
        return transitions.submit(self.database, new).id

    def submit_sweep(self, behaviour: str, job: str = "j", model: bytes | None = None) -> str:
        blob = None if model is None else self.store.put("models", [model])
        request = AnalyzeRequest(name=behaviour, sweep=SweepOptions()).model_dump(mode="json")
        name, digest = (None, None) if blob is None else (blob.name, blob.sha256)
        new = NewJob(job, request, f"key of {job}", model_blob=name, model_sha256=digest)
        return transitions.submit(self.database, new).id

    def runner(self) -> Runner:
        checkpoints = open_checkpoints(self.settings.checkpoints)
        return Runner(self.settings, self.database, self.store, self.folder, checkpoints, self._publish, self.shutdown)

    def run(self, job: str = "j") -> JobRecord:
        self.runner().run(job)
        return self.standing(job)

    def drain(self) -> None:
        """Run what was published until nothing is."""
        while self.published:
            self.runner().run(self.published.popleft())

    def standing(self, job: str = "j") -> JobRecord:
        record = queries.get(self.database, job)
        assert record is not None
        return record

    def children(self, job: str = "j") -> list[JobRecord]:
        """In the order in which they were asked for."""
        return list(queries.page(self.database, limit=1000, parent=job))[::-1]

    def until(self, true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 10.0
        while not true():
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _stored(self, kind: str, content: bytes | None) -> str | None:
        return None if content is None else self.store.put(kind, [content]).name

    def _publish(self, job: str, queue: str) -> None:
        assert queue == "cpu"
        self.published.append(job)
