"""The thread that says that this worker lives and what it runs. Nothing depends on it: leases decide about jobs."""

import importlib.metadata
import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress

from jobstore import workers
from jobstore.database import Database
from worker.shutdown import Shutdown

log = logging.getLogger(__name__)


class Presence(threading.Thread):
    """Enters a worker, repeats every so many seconds that it is there, and takes it out when `leave` is called."""

    def __init__(
        self,
        database: Database,
        *,
        id: str,
        queue: str,
        every: float,
        running: Callable[[], Sequence[str]],
        shutdown: Shutdown,
    ) -> None:
        super().__init__(name="presence", daemon=True)
        self._database = database
        self._id = id
        self._queue = queue
        self._every = every
        self._running = running
        self._shutdown = shutdown
        self._left = threading.Event()

    def run(self) -> None:
        """Never ends by an error: a ledger that is away comes back."""
        while True:
            try:
                self._say()
            except Exception:
                log.warning("the ledger did not hear that this worker lives", exc_info=True)
            if self._left.wait(self._every):
                return

    def leave(self) -> None:
        """The worker ends; where the ledger is away, its row is forgotten in a day."""
        self._left.set()
        self.join(5.0)
        with suppress(Exception):
            workers.leave(self._database, self._id)

    def _say(self) -> None:
        if workers.say(self._database, self._id, stopping=self._shutdown.closing.is_set(), jobs=self._running()):
            return
        workers.arrive(
            self._database,
            id=self._id,
            host=socket.gethostname(),
            pid=os.getpid(),
            queue=self._queue,
            version=importlib.metadata.version("rfengine"),
        )
