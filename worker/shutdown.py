"""How a worker ends: it takes nothing new, lets what runs end if that is soon, and hands the rest back."""

import logging
import threading

log = logging.getLogger(__name__)


class Shutdown:
    """Two steps that are never taken back: `closing`, nothing is claimed any more; `stop`, what runs is handed back.

    `grace` seconds lie between them.
    """

    def __init__(self, grace: float) -> None:
        self.closing = threading.Event()
        self.stop = threading.Event()
        self._grace = grace

    def begin(self) -> None:
        """Take the first step now, the second when the grace is over; asking again changes nothing."""
        if self.closing.is_set():
            return
        self.closing.set()
        if not self._grace:
            self.stop.set()
            return
        log.info("stopping: what runs has %g s to end, and is handed back then", self._grace)
        timer = threading.Timer(self._grace, self.stop.set)
        timer.daemon = True
        timer.start()

    def at_once(self) -> None:
        """Take both steps."""
        self.closing.set()
        self.stop.set()
