"""The report so far of an attempt: stored and noted while the attempt holds its job, the one before it removed."""

import logging
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from api_schemas.job import Artifact
from jobstore import transitions
from jobstore.artifacts import ArtifactStore
from jobstore.database import Database
from jobstore.records import JobRecord
from worker.collect import collect

log = logging.getLogger(__name__)

# Each is stored and written down: no child has that much news, and one that is not its own master has no more of it.
MOST = 16


class PartialReports:
    """Keeps what a child says on its way; `record` is the job with the newest that was noted.

    A report so far that cannot be kept is a line in the log and costs itself alone: it is only a foretaste.
    """

    def __init__(self, database: Database, store: ArtifactStore, record: JobRecord, out: Path) -> None:
        self.record = record
        self._database, self._store, self._out = database, store, out
        self._kept = 0

    def keep(self, announced: Artifact) -> None:
        """Store the file that a child announced, and show it as the job's; never raises for its sake."""
        if self._kept >= MOST:
            return
        self._kept += 1
        try:
            self._keep(announced)
        except Exception:
            log.exception("job %s: the report so far could not be kept", self.record.id)

    def _keep(self, announced: Artifact) -> None:
        (stored,) = collect(self._store, self._out, [announced])
        if transitions.note_partial(self._database, self.record.id, self.record.attempt, stored):
            forget_partial(self._store, self.record)
            self.record = replace(self.record, partial=stored)
        else:
            self._store.remove(stored.blob)  # another attempt has the job by now


def forget_partial(store: ArtifactStore, record: JobRecord) -> None:
    """Remove the report so far that the job had when the record was read, where it had one and has another now."""
    if record.partial is not None:
        with suppress(Exception):
            store.remove(record.partial.blob)
