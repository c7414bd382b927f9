"""The thread that brings lost things back: every few seconds, and once at the start."""

import logging
import threading
from collections.abc import Callable

from jobstore.broker import Broker
from jobstore.database import Database
from jobstore.sweep import Swept, sweep

log = logging.getLogger(__name__)


# No lease lies further ahead, unless the clock was set back since it was written. All workers have the same lease.
LEASES_AHEAD = 20


class Sweeper(threading.Thread):
    """Sweeps the ledger and publishes what waits, until `stop` is set; of all workers on a ledger, one at a time.

    What this worker sent itself and was never brought it takes from the ledger (`take`): a broker that is away, and a
    consumer that a broker's death has left deaf, hold nothing up.
    """

    def __init__(
        self,
        database: Database,
        broker: Broker,
        *,
        queue: str,
        max_losses: int,
        every: float,
        lease: float,
        idle: Callable[[], bool],
        take: Callable[[str], None],
        stop: threading.Event,
    ) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._database = database
        self._broker = broker
        self._queue = queue
        self._max_losses = max_losses
        self._every = every
        self._longest_lease = LEASES_AHEAD * lease
        self._idle = idle
        self._take = take
        self._sent: str | None = None  # the job that was sent when there was nothing to do
        self._halt = stop

    def run(self) -> None:
        """Never ends by an error: a database or broker that is away comes back."""
        was_idle = False
        while not self._halt.is_set():
            # Idle twice in a row: a message on its way would have arrived in between.
            is_idle = self._idle()
            try:
                swept = sweep(
                    self._database,
                    max_losses=self._max_losses,
                    idle_queue=self._queue if is_idle and was_idle else None,
                    every=self._every,
                    longest_lease=self._longest_lease,
                )
                if is_idle and was_idle:
                    self._take_what_was_sent(swept)
                self._publish(swept)
            except Exception:
                log.exception("the sweep failed; the next one comes in %g s", self._every)
            was_idle = is_idle
            self._halt.wait(self._every)

    def _take_what_was_sent(self, swept: Swept) -> None:
        waits = next((job for job, queue in swept.publish if queue == self._queue), None)
        if waits is not None and waits == self._sent:
            log.warning("job %s was sent and not brought by the broker; it is taken from the ledger", waits)
            threading.Thread(target=self._take, args=(waits,), name="taken").start()
        self._sent = waits

    def _publish(self, swept: Swept) -> None:
        for what, ids in (
            ("requeued", swept.requeued),
            ("failed", swept.failed),
            ("canceled", swept.canceled),
        ):
            if ids:
                log.warning("%s after their worker was lost: %s", what, ", ".join(ids))
        if swept.mended:
            log.info("parents that wait for nothing any more, or parts nobody waits for: %s", ", ".join(swept.mended))
        for job, queue in swept.publish:
            self._broker.publish(job, queue)
