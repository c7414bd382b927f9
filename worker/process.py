"""A child process that can be listened to and killed, forked by a server that has the engine loaded."""

import multiprocessing
import multiprocessing.forkserver
import os
import signal
import threading
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait

from worker import child
from worker.confine import hide
from worker.environment import only_bare
from worker.messages import Lines, Message
from worker.task import Task

_context = multiprocessing.get_context("forkserver")
# The standard library polls all children when one is started, and two polls of one child confuse each other.
_one_at_a_time = threading.Lock()


def warm_up(modules: Sequence[str]) -> None:
    """Start the fork server, which loads the modules while the worker does other things.

    It, and the tracker that children share, know only a child's environment: any of them may look at the others'. To be
    called before there are other threads, which would see the environment change. From here on this process itself
    cannot be looked at by others of the same user, which children are where there are no user namespaces.
    """
    hide()
    _context.set_forkserver_preload(list(modules))
    with only_bare():
        resource_tracker.ensure_running()
        multiprocessing.forkserver.ensure_running()


class Child:
    """A running analysis. Always `kill` or `join` it in the end."""

    def __init__(self, task: Task) -> None:
        self._reader, writer = _context.Pipe(duplex=False)
        self._lines = Lines()
        self._open = True
        self._process = _context.Process(target=child.main, args=(task, writer), daemon=True)
        try:
            with _one_at_a_time:
                self._process.start()
        except BaseException:
            self._reader.close()
            raise
        finally:
            writer.close()
        os.set_blocking(self._reader.fileno(), False)

    def listen(self, seconds: float) -> list[Message]:
        """What the child said within so many seconds; raises `GarbledError`."""
        sources: list[Connection | int] = [self._process.sentinel]
        if self._open:
            sources.append(self._reader)
        wait(sources, seconds)
        said: list[Message] = []
        while self._open:
            try:
                data = os.read(self._reader.fileno(), 1 << 16)
            except BlockingIOError:
                break
            self._open = bool(data)
            said += self._lines.feed(data)
        return said

    def ended(self) -> bool:
        """Whether the process is gone."""
        with _one_at_a_time:
            return self._process.exitcode is not None

    def kill(self) -> None:
        """End the child and whatever it started, and wait until it is gone."""
        pid = self._process.pid
        if pid is not None and not self.ended():
            # The child leads its own group as soon as it has confined itself; before that there is only itself.
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
        self.join(10.0)

    def join(self, seconds: float) -> int | None:
        """Wait for the end; the exit code (negative: a signal), or None where the child still runs."""
        wait([self._process.sentinel], seconds)
        with _one_at_a_time:
            code = self._process.exitcode
            if code is not None and not self._reader.closed:
                self._reader.close()
                self._open = False
        return code
