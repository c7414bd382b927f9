"""The one clock that a ledger's times are read from.

Leases are compared by other processes than those that wrote them. On one machine they share a clock; machines do not,
so with a database server its clock is everybody's.
"""

import logging
import threading
import time
from collections.abc import Callable

log = logging.getLogger(__name__)

Clock = Callable[[], float]

LOOK_EVERY = 60.0  # seconds; the clocks of two machines part by milliseconds in that time
LOOK_AGAIN = 5.0  # after a look that failed


class ServerClock:
    """Seconds since the epoch as the server counts them.

    Asked now and then; in between this machine's steady clock counts on, so that a wall clock that jumps moves nothing.
    """

    def __init__(self, ask: Callable[[], float], steady: Clock = time.monotonic) -> None:
        self._ask = ask
        self._steady = steady
        self._looking = threading.Lock()
        self._ahead = self._difference()
        self._look_at = steady() + LOOK_EVERY

    def __call__(self) -> float:
        """The time now."""
        # One thread looks; the others go on with what is known.
        if self._steady() >= self._look_at and self._looking.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._looking.release()
        return self._steady() + self._ahead

    def _look(self) -> None:
        try:
            self._ahead = self._difference()
            self._look_at = self._steady() + LOOK_EVERY
        except Exception:
            # Whoever wanted the time will hear that the server is away when they use it.
            log.warning("the database did not tell its time", exc_info=True)
            self._look_at = self._steady() + LOOK_AGAIN

    def _difference(self) -> float:
        before = self._steady()
        told = self._ask()
        return told - (before + self._steady()) / 2
