"""What one key may use: jobs at once, and bytes a day. The rate of its requests is counted at the door.

Whether there is room is asked before a body is read, to save the reading, and again where it counts: bytes when they
are counted, jobs in the transaction that takes the job in. So no number of processes takes more together.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from jobstore import usage
from service.access import Caller
from service.problems import ProblemError, refusal
from service.stores import Stores

ASK_AGAIN = 5  # seconds; a job of the key's may have ended by then


def refuse_spent(stores: Stores, caller: Caller, coming: int) -> None:
    """Raise `ProblemError` where the key has no job or not so many bytes left, before the body is read."""
    if caller.key_id is None:
        return
    most = _most_bytes(stores, caller)
    if usage.bytes_today(stores.database, caller.key_id) + coming > most:
        raise _no_bytes(stores, most)
    with stores.database.read() as connection:
        _refuse_full(stores, caller, connection)


def charge(stores: Stores, caller: Caller, count: int) -> None:
    """Count an upload; raises `ProblemError`, and counts nothing, where the day's bytes do not hold it."""
    if caller.key_id is None or not count:
        return
    most = _most_bytes(stores, caller)
    if not usage.add_bytes(stores.database, caller.key_id, count, most=most):
        raise _no_bytes(stores, most)


def room_for_one(stores: Stores, caller: Caller) -> Callable[[Connection], None]:
    """What to call in the transaction that takes a job in; it raises `ProblemError` where the key has too many."""

    def check(connection: Connection) -> None:
        if caller.key_id is not None:
            usage.hold(connection, caller.key_id)
            _refuse_full(stores, caller, connection)

    return check


def _refuse_full(stores: Stores, caller: Caller, connection: Connection) -> None:
    assert caller.key_id is not None
    most = stores.settings.key_jobs if caller.max_jobs is None else caller.max_jobs
    there = usage.unfinished(connection, caller.key_id)
    if there >= most:
        detail = f"This key has {there} jobs that are not done, which is all it may have; wait for one, or cancel one"
        raise refusal("over-quota", detail, headers={"Retry-After": str(ASK_AGAIN)})


def _most_bytes(stores: Stores, caller: Caller) -> int:
    return stores.settings.key_bytes if caller.max_bytes is None else caller.max_bytes


def _no_bytes(stores: Stores, most: int) -> ProblemError:
    left = usage.seconds_left_today(stores.database)
    detail = f"This key may upload {most} bytes a day, and they do not hold this; come back after midnight UTC"
    return refusal("over-quota", detail, headers={"Retry-After": str(left)})
