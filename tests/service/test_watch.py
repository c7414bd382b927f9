"""One look for everybody who waits; nobody misses the end."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing

from api_schemas.job import JobStatus
from service.closing import Closing
from service.progress import Seen
from service.waiting import Watch

EVERY = 0.02


class Ledger:
    """Jobs in memory; counts how often it is looked at."""

    def __init__(self, *jobs: str) -> None:
        self.jobs = {job: Seen(JobStatus.RUNNING, "start", 0.0, 1) for job in jobs}
        self.asked: list[Sequence[str]] = []
        self.away = False

    def look(self, ids: Sequence[str]) -> dict[str, Seen]:
        self.asked.append(ids)
        if self.away:
            raise OSError("the ledger is away")
        return {id: self.jobs[id] for id in ids if id in self.jobs}

    def end(self, job: str) -> None:
        self.jobs[job] = Seen(JobStatus.SUCCEEDED, "report", 1.0, 1)


async def statuses(watch: Watch, job: str) -> list[str]:
    found = []
    async with aclosing(watch.changes(job)) as changes:
        async for seen in changes:
            assert seen is not None
            found.append(f"{seen.status.value} {seen.progress:g}")
            if seen.status.final:
                break
    return found


def test_many_watchers_cost_one_look() -> None:
    async def scenario() -> None:
        ledger = Ledger(*(f"j{number}" for number in range(20)))
        watch = Watch(ledger.look, EVERY, Closing())
        began = asyncio.get_running_loop().time()
        watchers = [asyncio.create_task(statuses(watch, f"j{number % 20}")) for number in range(400)]
        await asyncio.sleep(10 * EVERY)
        assert watch.watched == 20
        for job in ledger.jobs:
            ledger.end(job)
        assert await asyncio.gather(*watchers) == [["running 0", "succeeded 1"]] * 400
        elapsed = asyncio.get_running_loop().time() - began
        assert len(ledger.asked) <= elapsed / EVERY + 2
        assert watch.watched == 0
        looks = len(ledger.asked)
        await asyncio.sleep(5 * EVERY)
        assert len(ledger.asked) <= looks + 1  # nobody watches, nobody looks

    asyncio.run(scenario())


def test_a_slow_watcher_is_told_the_last() -> None:
    async def scenario() -> None:
        ledger = Ledger("j")
        watch = Watch(ledger.look, EVERY, Closing())
        async with aclosing(watch.changes("j")) as changes:
            assert await anext(changes) == ledger.jobs["j"]
            for share in (0.1, 0.2, 0.3):
                ledger.jobs["j"] = Seen(JobStatus.RUNNING, "gradient", share, 1)
                await asyncio.sleep(2 * EVERY)
            seen = await anext(changes)
            assert seen is not None
            assert seen.progress == 0.3

    asyncio.run(scenario())


def test_silence_is_told_too_and_what_is_known_is_not_waited_for() -> None:
    async def scenario() -> None:
        ledger = Ledger("j")
        watch = Watch(ledger.look, 60.0, Closing())
        first = ledger.jobs["j"]
        async with aclosing(watch.changes("j", first, patience=0.02)) as changes:
            assert [await anext(changes) for _ in range(3)] == [first, None, None]

    asyncio.run(scenario())


def test_a_wait_ends_with_the_job_the_time_or_the_service() -> None:
    async def scenario() -> None:
        ledger = Ledger("ends", "stays", "stopped")
        closing = Closing()
        watch = Watch(ledger.look, EVERY, closing)
        loop = asyncio.get_running_loop()
        began = loop.time()
        loop.call_later(0.1, ledger.end, "ends")
        await watch.until_ended("ends", 10.0)
        assert 0.09 < loop.time() - began < 1.0
        began = loop.time()
        await watch.until_ended("stays", 0.1)
        assert 0.09 < loop.time() - began < 1.0
        await watch.until_ended("never was", 10.0)
        assert loop.time() - began < 1.0
        loop.call_later(0.1, closing.begin)
        await watch.until_ended("stopped", 10.0)
        assert loop.time() - began < 2.0
        assert watch.watched == 0

    asyncio.run(scenario())


def test_a_ledger_that_is_away_comes_back() -> None:
    async def scenario() -> None:
        ledger = Ledger("j")
        ledger.away = True
        watch = Watch(ledger.look, EVERY, Closing())
        waiting = asyncio.create_task(watch.until_ended("j", 10.0))
        await asyncio.sleep(3 * EVERY)
        assert not waiting.done()
        ledger.end("j")
        ledger.away = False
        await asyncio.wait_for(waiting, 1.0)

    asyncio.run(scenario())
