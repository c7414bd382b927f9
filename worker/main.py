"""`python -m worker [--queue cpu|gpu]`: one worker process, with its sweeper and its fork server."""

import argparse
import logging
import sys
import uuid
import warnings
from collections.abc import Sequence
from typing import Any

import celery.apps.worker
from celery import signals
from celery.exceptions import SecurityWarning

from api_schemas.queues import Queue
from jobstore import logs
from jobstore.artifacts import open_artifacts
from jobstore.broker import Broker, open_broker
from jobstore.database import Database, open_database
from jobstore.environment import BadSettingError
from rfengine.threads import wait_quietly
from worker.app import build_app
from worker.checkpoints import Checkpoints, open_checkpoints
from worker.device import choose_device
from worker.folders import worker_folder
from worker.janitor import Janitor
from worker.metrics import serve_figures
from worker.presence import Presence
from worker.process import warm_up
from worker.runner import Runner
from worker.settings import WorkerSettings
from worker.shutdown import Shutdown
from worker.sweeper import Sweeper
from worker.webhooks import Messenger, Sender

log = logging.getLogger(__name__)

BAD_CONFIGURATION = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Work until SIGTERM or Ctrl-C, then let the running jobs end, or hand them back; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m worker", description="Run analyses from a queue.")
    queues = [queue.value for queue in Queue]
    parser.add_argument("--queue", choices=queues, default="cpu", help="the queue to take jobs from (default: cpu)")
    queue = parser.parse_args(arguments).queue
    wait_quietly()  # the fork server and its children inherit it
    # Celery leaves the log alone where somebody else has set it up; else it would raise its level.
    signals.setup_logging.connect(_log_is_set_up, weak=False)
    # It prints its end beside the log; `Shutdown` says it in the log.
    celery.apps.worker.safe_say = lambda *_: None
    # It warns of code in messages when it runs as root; ours are JSON, and strangers' models have their own wall.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    try:
        logs.configure("worker", logs.form_from_environment())
        logging.getLogger("celery").setLevel(logging.WARNING)
        settings = WorkerSettings.from_environment().suited_to(queue)
        choose_device(queue, gpu_queue=settings.store.gpu_queue, engine=settings.engine)
        return _work(settings, open_checkpoints(settings.checkpoints), queue)
    except BadSettingError as error:
        print(f"worker: {error}", file=sys.stderr)
        return BAD_CONFIGURATION


def _work(settings: WorkerSettings, checkpoints: Checkpoints, queue: str) -> int:
    shutdown = Shutdown(settings.grace)

    def stopping(**_sender: Any) -> None:
        shutdown.begin()

    # Celery waits for running tasks when it is asked to stop; this makes them end within the grace.
    signals.worker_shutting_down.connect(stopping, weak=False)
    warm_up(["worker.child", settings.engine])
    database = open_database(settings.store.database_url)
    store = open_artifacts(settings.store.artifact_url)
    broker = open_broker(settings.store.broker_url)
    with worker_folder() as folder:
        runner = Runner(settings, database, store, folder, checkpoints, broker.publish, shutdown)
        if settings.metrics is not None:
            serve_figures(runner.figures, settings.metrics)
        name = f"{queue}-{uuid.uuid4().hex[:8]}"
        _sweeper(settings, database, broker, queue, runner, shutdown).start()
        Janitor(
            database,
            store,
            checkpoints,
            days=settings.retention,
            every=settings.clean_every,
            stop=shutdown.closing,
        ).start()
        presence = Presence(
            database,
            id=name,
            queue=queue,
            every=settings.store.lease / 3,
            running=lambda: runner.running,
            shutdown=shutdown,
        )
        presence.start()
        if settings.webhooks:
            Messenger(database, every=settings.sweep_every, stop=shutdown.closing, sender=Sender()).start()
        app = build_app(settings.store.broker_url, queue, runner.run)
        worker = app.Worker(
            pool="threads",
            concurrency=settings.concurrency,
            queues=[queue],
            hostname=f"{name}@%h",
            loglevel="WARNING",
            quiet=True,
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
        )
        log.info("taking jobs from queue %s", queue)
        worker.start()
        shutdown.at_once()
        presence.leave()
        return int(worker.exitcode or 0)


def _sweeper(
    settings: WorkerSettings, database: Database, broker: Broker, queue: str, runner: Runner, shutdown: Shutdown
) -> Sweeper:
    return Sweeper(
        database,
        broker,
        queue=queue,
        max_losses=settings.store.max_losses,
        every=settings.sweep_every,
        lease=settings.store.lease,
        idle=lambda: runner.idle,
        take=runner.run,
        stop=shutdown.closing,
    )


def _log_is_set_up(**_sender: Any) -> None:
    pass
