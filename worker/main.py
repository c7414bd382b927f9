"""`python -m worker [--queue cpu]`: one worker process, with its sweeper and its fork server."""

import argparse
import logging
import sys
import threading
import uuid
import warnings
from collections.abc import Sequence
from typing import Any

from celery import signals
from celery.exceptions import SecurityWarning

from jobstore.artifacts import open_artifacts
from jobstore.broker import open_broker
from jobstore.database import open_database
from jobstore.environment import BadSettingError
from rfengine.threads import wait_quietly
from worker.app import build_app
from worker.checkpoints import Checkpoints, open_checkpoints
from worker.folders import worker_folder
from worker.process import warm_up
from worker.runner import Runner
from worker.settings import WorkerSettings
from worker.sweeper import Sweeper

log = logging.getLogger(__name__)

BAD_CONFIGURATION = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until SIGTERM or Ctrl-C, then hand the running jobs back; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="Run analyses from a queue.")
    parser.add_argument("--queue", default="cpu", help="the queue to take jobs from (default: cpu)")
    queue = parser.parse_args(arguments).queue
    wait_quietly()  # the fork server and its children inherit it
    logging.basicConfig(level=logging.INFO, format="%(asctime)s worker %(levelname)s %(message)s")
    logging.getLogger("celery").setLevel(logging.WARNING)
    # Celery warns of code in messages when it runs as root; ours are JSON, and strangers' models have their own wall.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    try:
        settings = WorkerSettings.from_environment()
        checkpoints = open_checkpoints(settings.checkpoints)
    except BadSettingError as error:
        print(f"worker: {error}", file=sys.stderr)
        return BAD_CONFIGURATION
    return _work(settings, checkpoints, queue)


def _work(settings: WorkerSettings, checkpoints: Checkpoints, queue: str) -> int:
    stop = threading.Event()

    def stopping(**_sender: Any) -> None:
        stop.set()

    # Celery waits for running tasks when it is asked to stop; this makes them hand their jobs back at once.
    signals.worker_shutting_down.connect(stopping, weak=False)
    warm_up(["worker.child", settings.engine])
    database = open_database(settings.store.database_url)
    store = open_artifacts(settings.store.artifact_url)
    broker = open_broker(settings.store.broker_url)
    with worker_folder() as folder:
        runner = Runner(settings, database, store, folder, checkpoints, broker.publish, stop)
        sweeper = Sweeper(
            database,
            broker,
            queue=queue,
            max_losses=settings.store.max_losses,
            every=settings.sweep_every,
            idle=lambda: runner.idle,
            stop=stop,
        )
        sweeper.start()
        app = build_app(settings.store.broker_url, queue, runner.run)
        worker = app.Worker(
            pool="threads",
            concurrency=settings.concurrency,
            queues=[queue],
            hostname=f"{queue}-{uuid.uuid4().hex[:8]}@%h",
            loglevel="WARNING",
            quiet=True,
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
        )
        log.info("taking jobs from queue %s", queue)
        worker.start()
        stop.set()
        return int(worker.exitcode or 0)
