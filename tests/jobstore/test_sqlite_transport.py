"""The transport neither loses nor doubles a message, whoever else reads and writes."""

import json
import multiprocessing
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from kombu import Connection, Queue

from jobstore import sqlite_transport
from jobstore.broker import TASK, open_broker

EACH = 150
END = "end"


def produce(url: str, producer: int) -> None:
    broker = open_broker(url)
    for number in range(EACH):
        broker.publish(f"{producer}-{number}", "cpu")
    broker.close()


def consume(url: str) -> list[str]:
    """Everything up to the first end mark, as a Celery worker would take it."""
    sqlite_transport.register()
    got: list[str] = []
    queue = Queue("cpu")  # type: ignore[no-untyped-call]

    def take(body: list[list[str]], message: object) -> None:
        got.append(body[0][0])
        message.ack()  # type: ignore[attr-defined]

    with Connection(url) as connection, connection.Consumer(queue, callbacks=[take], prefetch_count=1):  # type: ignore[no-untyped-call]
        while not got or got[-1] != END:
            with suppress(TimeoutError):  # nothing for a while: producers take their time to start
                connection.drain_events(timeout=30.0)
    return got[:-1]


@pytest.fixture(params=["broker.db", "a folder#1/100%/broker.db"])
def url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return f"sqlite:///{quote(str(tmp_path / request.param))}"


def test_processes_lose_and_double_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/broker.db"
    context = multiprocessing.get_context("spawn")
    with context.Pool(3) as consumers, context.Pool(3) as producers:
        taking = [consumers.apply_async(consume, (url,)) for _ in range(3)]
        producers.starmap(produce, [(url, producer) for producer in range(3)])
        broker = open_broker(url)
        for _ in taking:
            broker.publish(END, "cpu")
        broker.close()
        got = [job for part in taking for job in part.get(60.0)]
    assert sorted(got) == sorted(f"{producer}-{number}" for producer in range(3) for number in range(EACH))


def test_queues_are_apart_and_in_order(url: str) -> None:
    broker = open_broker(url)
    for job, queue in (("a", "cpu"), ("b", "gpu"), ("c", "cpu")):
        broker.publish(job, queue)
    broker.check()
    with broker.connection.clone() as connection, connection.channel() as channel:  # type: ignore[no-untyped-call]
        bodies = [message.decode()[0] for message in iter(lambda: channel.basic_get("cpu", no_ack=True), None)]
        assert bodies == [["a"], ["c"]]
        assert channel.queue_purge("gpu") == 1
    broker.close()


def test_what_was_not_acknowledged_comes_back_when_the_channel_closes(url: str) -> None:
    broker = open_broker(url)
    broker.publish("a", "cpu")
    with broker.connection.clone() as connection:  # type: ignore[no-untyped-call]
        channel = connection.channel()
        assert channel.basic_get("cpu") is not None
        assert channel.basic_get("cpu") is None
        channel.close()
    with broker.connection.clone() as connection, connection.channel() as channel:  # type: ignore[no-untyped-call]
        message = channel.basic_get("cpu", no_ack=True)
        assert message.decode()[0] == ["a"]
    broker.close()


def test_the_message_is_one_that_celery_understands(url: str) -> None:
    broker = open_broker(url)
    broker.publish("a", "cpu")
    with broker.connection.clone() as connection, connection.channel() as channel:  # type: ignore[no-untyped-call]
        message = channel.basic_get("cpu", no_ack=True)
    assert message.headers["task"] == TASK
    assert message.headers["id"] != "a"  # sent twice, it must not pass for one message
    assert json.loads(message.body)[0] == ["a"]
    broker.close()
