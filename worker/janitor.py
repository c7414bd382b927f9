"""The thread that takes out what nobody needs: expired jobs, files that belong to no job, checkpoints of deleted parts.

Apart from the sweeper, so that a slow store never keeps lost jobs waiting. Each turn does a bounded amount of work.
"""

import logging
import threading

from jobstore import chores, retention
from jobstore.artifacts import ArtifactStore
from jobstore.database import Database
from worker.checkpoints import Checkpoints

log = logging.getLogger(__name__)

CHORE = "retention"


class Janitor(threading.Thread):
    """Cleans every so many seconds until `stop` is set; of all workers on a ledger, one at a time.

    `days`: how long jobs are kept after their end; 0 for ever.
    """

    def __init__(
        self,
        database: Database,
        store: ArtifactStore,
        checkpoints: Checkpoints,
        *,
        days: float,
        every: float,
        stop: threading.Event,
    ) -> None:
        super().__init__(name="janitor", daemon=True)
        self._database = database
        self._store = store
        self._checkpoints = checkpoints
        self._days = days
        self._every = every
        self._halt = stop

    def run(self) -> None:
        """Never ends by an error: a store that is away comes back."""
        while not self._halt.wait(self._every):
            try:
                self.clean()
            except Exception:
                log.exception("cleaning failed; the next turn comes in %g s", self._every)

    def clean(self) -> None:
        """One turn: of everybody's things where it is this worker's, and always of its own checkpoints."""
        # Checkpoints lie on this machine, where no other worker may reach them.
        for key in retention.forgotten(self._database, self._checkpoints.keys()):
            self._checkpoints.drop(key)
        turn = chores.turn(self._database, CHORE, self._every)
        if turn is None:
            return
        expired = retention.expire(self._database, self._days) if self._days else ()
        removed = retention.drain(self._database, self._store)
        orphans = retention.remove_orphans(self._database, self._store, turn)
        if expired or removed or orphans:
            log.info("%d jobs expired, %d files and %d orphans removed", len(expired), removed, len(orphans))
