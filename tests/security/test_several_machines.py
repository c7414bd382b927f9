"""Keys, quotas and webhooks over a ledger that several machines share: PostgreSQL locks rows, not the whole ledger."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from jobstore import deliveries, keys, sessions, transitions, usage
from jobstore.database import Database
from jobstore.keys import NewKey
from jobstore.records import NewJob

AT_ONCE = 8


def at_once(act: Callable[[int], object]) -> list[object]:
    start = threading.Barrier(AT_ONCE)

    def do(number: int) -> object:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(do, range(AT_ONCE)))


def test_one_bucket_for_all(shared: Database) -> None:
    record, token = keys.create(shared, NewKey("k"))
    got = at_once(lambda _: usage.take(shared, record.id, 3, rate=0.001, burst=10.0).tokens)
    assert sum(map(int, map(str, got))) == 10
    assert keys.find(shared, token) == record


def test_one_days_bytes_for_all(shared: Database) -> None:
    record, _ = keys.create(shared, NewKey("k"))
    got = at_once(lambda _: usage.add_bytes(shared, record.id, 30, most=100))
    assert got.count(True) == 3
    assert usage.bytes_today(shared, record.id) == 90


def test_no_submission_slips_past_the_number_of_jobs(shared: Database) -> None:
    record, _ = keys.create(shared, NewKey("k"))

    class Full(Exception):
        pass

    def check(connection: Connection) -> None:
        usage.hold(connection, record.id)
        if usage.unfinished(connection, record.id) >= 3:
            raise Full

    def submit(number: int) -> bool:
        try:
            transitions.submit(shared, NewJob(f"{record.id}{number}", {}, "key", key_id=record.id), check)
        except Full:
            return False
        return True

    assert at_once(submit).count(True) == 3


def test_one_delivery_is_asked_for_and_taken_once(shared: Database) -> None:
    record, _ = keys.create(shared, NewKey("k"))
    job = f"j{record.id}"
    transitions.submit(shared, NewJob(job, {}, "key", key_id=record.id))
    assert len(set(at_once(lambda _: deliveries.ask(shared, job, "https://ci.example/", record.id)))) == 1
    transitions.cancel(shared, job)
    taken = at_once(lambda _: [due.job for due in deliveries.take_due(shared, 5)].count(job))
    assert sum(map(int, map(str, taken))) == 1


def test_processes_that_start_together_remember_the_environments_key_once(shared: Database) -> None:
    at_once(lambda _: keys.remember_environment(shared, "first"))
    assert [record.id for record in keys.listed(shared)].count(keys.ENVIRONMENT) == 1


def test_a_session_is_known_on_every_machine(shared: Database) -> None:
    id = sessions.begin(shared, "k", "digest")
    found = sessions.find(shared, id)
    assert found is not None
    assert (found.key_id, found.key_digest) == ("k", "digest")
    sessions.end(shared, id)
    assert sessions.find(shared, id) is None
