"""The way a job's id reaches a worker: one message to one queue, in Celery's message protocol.

The message is built here, so that the service publishes without loading Celery:
https://docs.celeryq.dev/en/stable/internals/protocol.html (version 2).
"""

import uuid
from dataclasses import dataclass
from typing import Any

from kombu.connection import Connection
from kombu.pools import ProducerPool

from jobstore import sqlite_transport

TASK = "rfengine.run"
# Seconds. The ledger holds the job by then, so a broker that does not answer is not worth waiting for.
TIMEOUT = 5.0


def connection_options(url: str) -> dict[str, Any]:
    """kombu's transport options for a broker, explicit where a default would wait for ever."""
    if not url.startswith(("redis", "sentinel")):
        return {}
    return {
        # The ledger brings jobs back sooner; this only cleans up behind it. A longer job's message comes again then,
        # and finds nothing to claim.
        "visibility_timeout": 3600,
        "socket_timeout": TIMEOUT,  # longer than a consumer's blocking read of one second
        "socket_connect_timeout": TIMEOUT,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }


@dataclass(frozen=True)
class Broker:
    """A pool of producers; one may be shared by all threads of a process."""

    connection: Connection
    producers: ProducerPool

    def publish(self, job: str, queue: str) -> None:
        """Say that a job may be claimed; raises what the broker raises, and then the sweeper says it later."""
        with self.producers.acquire(block=True, timeout=TIMEOUT) as producer:  # type: ignore[no-untyped-call]
            producer.publish(
                [[job], {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}],
                serializer="json",
                exchange="",
                routing_key=queue,
                headers=_headers(job),
                correlation_id=job,
                retry=True,
                retry_policy={"max_retries": 1, "interval_start": 0},
            )

    def check(self) -> None:
        """Raise what the broker raises where it cannot be reached."""
        with self.connection.clone() as probe:  # type: ignore[no-untyped-call]
            probe.ensure_connection(max_retries=1, timeout=TIMEOUT)

    def close(self) -> None:
        """Close every connection."""
        self.producers.force_close_all()  # type: ignore[no-untyped-call]
        self.connection.release()  # type: ignore[no-untyped-call]


def open_broker(url: str) -> Broker:
    """A publisher for a broker URL; it connects when it first publishes."""
    sqlite_transport.register()
    options = connection_options(url)
    connection = Connection(url, connect_timeout=TIMEOUT, transport_options=options)  # type: ignore[no-untyped-call]
    pool = connection.Pool(8)  # type: ignore[no-untyped-call]
    return Broker(connection, ProducerPool(connections=pool, limit=8))  # type: ignore[no-untyped-call]


def _headers(job: str) -> dict[str, Any]:
    # The message's own id differs per sending: a broker may drop what it takes for a repetition.
    return {
        "lang": "py",
        "task": TASK,
        "id": str(uuid.uuid4()),
        "root_id": job,
        "parent_id": None,
        "group": None,
        "retries": 0,
        "ignore_result": True,
        "argsrepr": repr((job,)),
        "kwargsrepr": "{}",
    }
