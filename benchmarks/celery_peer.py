"""The same no-op through plain Celery: a Redis broker, a Redis result backend, a prefork worker."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from celery import Celery

_URL = "PEER_REDIS_URL"


def application(url: str) -> Celery:
    peer = Celery("peer", broker=url, backend=url, set_as_current=False)
    peer.conf.update(worker_prefetch_multiplier=1, task_acks_late=True, result_expires=3600)

    @peer.task(name="peer.nothing")  # type: ignore[untyped-decorator, unused-ignore]
    def nothing() -> None:
        """Do nothing."""

    return peer


if _URL in os.environ:
    app = application(os.environ[_URL])


@contextmanager
def worker(url: str, concurrency: int, *, process_per_task: bool) -> Iterator[Celery]:
    """A worker of so many processes that has answered once; the application to ask it with.

    With a process per task a task cannot harm the next one, which is nearest to what our worker does.
    """
    words = [sys.executable, "-m", "celery", "-A", "benchmarks.celery_peer", "worker", "--pool", "prefork"]
    words += ["--concurrency", str(concurrency), "--loglevel", "ERROR"]
    words += ["--max-tasks-per-child", "1"] if process_per_task else []
    root = Path(__file__).parents[1]
    environment = {**os.environ, _URL: url, "PYTHONPATH": str(root)}
    # Its banner would stand in the answer.
    process = subprocess.Popen(words, env=environment, cwd=root, stdout=subprocess.DEVNULL)
    asking = application(url)
    try:
        asking.send_task("peer.nothing").get(timeout=60.0)
        yield asking
    finally:
        process.terminate()
        process.wait(30.0)
        asking.close()


def rate(asking: Celery, tasks: int) -> float:
    """Tasks a second, from the first one's submission to the last one's result."""
    began = time.perf_counter()
    for result in [asking.send_task("peer.nothing") for _ in range(tasks)]:
        result.get(timeout=60.0)
    return tasks / (time.perf_counter() - began)
