"""The Celery application: one task, and settings that lose nothing."""

from collections.abc import Callable
from typing import Any

from celery import Celery
from kombu.entity import Exchange, Queue

from jobstore import sqlite_transport
from jobstore.broker import TASK, TIMEOUT, connection_options


def build_app(broker_url: str, queue: str, run: Callable[[str], None]) -> Celery:
    """An application that calls `run` with every job id that arrives on the queue."""
    sqlite_transport.register()
    app = Celery("rfengine", set_as_current=False)
    app.conf.update(_settings(broker_url, queue))

    @app.task(name=TASK, ignore_result=True, acks_late=True, reject_on_worker_lost=True)  # type: ignore[untyped-decorator]
    def rfengine_run(job: str) -> None:
        run(job)

    return app


def _settings(broker_url: str, queue: str) -> dict[str, Any]:
    return {
        "broker_url": broker_url,
        "broker_transport_options": connection_options(broker_url),
        "broker_connection_timeout": TIMEOUT,
        "broker_connection_retry": True,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # for ever
        # The default exchange reaches a queue by its name in every broker, without anything declared beforehand.
        "task_queues": [Queue(queue, Exchange(""), routing_key=queue)],  # type: ignore[no-untyped-call]
        "task_default_queue": queue,
        "task_ignore_result": True,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "worker_prefetch_multiplier": 1,
        "worker_enable_remote_control": False,
        "worker_send_task_events": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        # A lost connection says nothing about the job: the ledger decides whose it is.
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "accept_content": ["json"],
        "task_serializer": "json",
    }
