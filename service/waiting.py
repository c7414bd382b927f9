"""Waits for jobs to change: one look at the ledger for everybody who waits, however many they are.

Nobody who waits holds a thread. The look is taken off the event loop, as it may block.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from service.closing import Closing
from service.progress import Seen

log = logging.getLogger(__name__)

Look = Callable[[Sequence[str]], Mapping[str, Seen]]


@dataclass
class _Topic:
    """A job that somebody watches: how it was seen last, and who is woken by the next change."""

    last: Seen | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    watchers: int = 0


class Watch:
    """Looks at all jobs that are watched, every so many seconds, while there are any; belongs to one event loop."""

    def __init__(self, look: Look, every: float, closing: Closing) -> None:
        self._look = look
        self._every = every
        self._closing = closing
        self._topics: dict[str, _Topic] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def watched(self) -> int:
        """How many jobs are watched."""
        return len(self._topics)

    async def until_ended(self, job: str, seconds: float) -> None:
        """Return when the job has ended, is gone, the time is over, or the service stops."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), aclosing(self.changes(job)) as changes:
                async for seen in changes:
                    if seen is not None and seen.status.final:
                        return

    async def changes(
        self, job: str, first: Seen | None = None, patience: float | None = None
    ) -> AsyncGenerator[Seen | None, None]:
        """How the job is seen, now and after every change; None after `patience` seconds without one.

        `first` is what is known already, and saves waiting for the next look. Ends when the job is gone or the service
        stops. Who is slow misses what was in between, never what is last.
        """
        with self._watching(job, first) as topic:
            shown: Seen | None = None
            while not self._closing.begun:
                if topic.last is not None and topic.last != shown:
                    shown = topic.last
                    yield shown
                    continue
                changed = topic.changed
                try:
                    async with asyncio.timeout(patience):
                        await changed.wait()
                except TimeoutError:
                    yield None
                    continue
                if topic.last is None:
                    return

    @contextmanager
    def _watching(self, job: str, first: Seen | None) -> Iterator[_Topic]:
        topic = self._topics.setdefault(job, _Topic())
        topic.last = topic.last or first
        topic.watchers += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            yield topic
        finally:
            topic.watchers -= 1
            if not topic.watchers:
                del self._topics[job]

    async def _look_on(self) -> None:
        while self._topics and not self._closing.begun:
            asked = tuple(self._topics)
            try:
                found = await run_in_threadpool(self._look, asked)
            except Exception:
                # Who waits is told nothing of it: the ledger comes back, or their time ends.
                log.exception("the ledger could not be looked at; the next look comes in %g s", self._every)
            else:
                self._tell(asked, found)
            await self._closing.wait(self._every)
        for topic in self._topics.values():
            topic.changed.set()  # nobody should wait any longer

    def _tell(self, asked: Sequence[str], found: Mapping[str, Seen]) -> None:
        for job in asked:
            topic, seen = self._topics.get(job), found.get(job)
            if topic is not None and (seen is None or seen != topic.last):
                topic.last = seen
                topic.changed.set()
                topic.changed = asyncio.Event()


def _of(request: Request) -> Watch:
    watch: Watch = request.app.state.watch
    return watch


Watching = Annotated[Watch, Depends(_of)]
