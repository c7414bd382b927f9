"""Tells who a key, or a browser's session, belongs to, and how much more it may ask now.

What was found is believed for a second, so that a client that polls costs the ledger little: a key that is revoked
stops within that second.
"""

import hmac
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from jobstore import keys, sessions, usage
from jobstore.database import Database
from jobstore.keys import KeyRecord
from service.access import Caller, Scope
from service.problems import refusal

BELIEVED = 1.0  # seconds
MOST_KNOWN = 4096  # keys and sessions at once


@dataclass
class _Slice:
    """Tokens that this process has taken from a key's bucket, and until when there are no more."""

    left: int = 0
    empty_until: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)


class Keyring:
    """One process's view of the keys."""

    def __init__(self, database: Database, api_key: str | None, rate: float, burst: float) -> None:
        self._database = database
        self._api_key = api_key
        self._rate = rate
        self._burst = burst
        self._known: dict[str, tuple[float, KeyRecord]] = {}
        self._slices: dict[str, _Slice] = {}
        self._environment: KeyRecord | None = None
        self._shut = api_key is not None
        self._looked = -BELIEVED

    def shut(self) -> bool:
        """Whether a key is needed; once it was, it stays so."""
        now = time.monotonic()
        if not self._shut and now - self._looked >= BELIEVED:
            self._shut = keys.ever_made(self._database)
            self._looked = now
        return self._shut

    def by_token(self, token: str) -> KeyRecord | None:
        """The key that was shown, None for what is none."""
        if self._is_the_environments(token):
            return self._of_the_environment()
        return self._lookup(f"key {keys.digest_of(token)}", lambda: keys.find(self._database, token))

    def by_session(self, id: str) -> KeyRecord | None:
        """The key that a session stands for, None where it has ended, or the key has."""
        return self._lookup(f"session {keys.digest_of(id)}", lambda: self._of_session(id))

    def still_admits(self, caller: Caller) -> bool:
        """Whether a caller who was let in may go on: for answers that take longer than a key may be good for."""
        id = caller.key_id
        if id is None or id == keys.ENVIRONMENT:
            return True
        record = self._lookup(f"id {id}", lambda: keys.get(self._database, id))
        return record is not None and record.revoked is None

    def forget_session(self, id: str) -> None:
        """End a session."""
        sessions.end(self._database, id)
        self._known.pop(f"session {keys.digest_of(id)}", None)

    def spend(self, key_id: str) -> None:
        """Count one request against the key's rate; raises `ProblemError` where there is none left."""
        if self._rate <= 0:
            return
        mine = self._slices.setdefault(key_id, _Slice())
        with mine.lock:
            now = time.monotonic()
            if mine.left < 1 and now >= mine.empty_until:
                # A slice at a time: every request has its token from the ledger, and few requests write to it.
                wanted = max(1, int(self._burst / 10))
                granted = usage.take(self._database, key_id, wanted, rate=self._rate, burst=self._burst)
                mine.left += granted.tokens
                mine.empty_until = now + granted.wait
            if mine.left >= 1:
                mine.left -= 1
                return
        seconds = max(1, int(mine.empty_until - now) + 1)
        detail = f"This key asks more than {self._rate:g} times a second; wait {seconds} s, then ask less often"
        raise refusal("too-many-requests", detail, headers={"Retry-After": str(seconds)})

    def _is_the_environments(self, token: str) -> bool:
        # In constant time: how long a wrong key takes must not say how much of it was right.
        return self._api_key is not None and hmac.compare_digest(token.encode(), self._api_key.encode())

    def _of_the_environment(self) -> KeyRecord:
        assert self._api_key is not None
        if self._environment is None:
            self._environment = keys.remember_environment(self._database, self._api_key)
        return self._environment

    def _of_session(self, id: str) -> KeyRecord | None:
        session = sessions.find(self._database, id)
        if session is None:
            return None
        if session.key_id == keys.ENVIRONMENT:
            record = None if self._api_key is None else self._of_the_environment()
        else:
            record = keys.get(self._database, session.key_id)
        if record is None or record.revoked is not None or record.digest != session.key_digest:
            return None
        return record

    def _lookup(self, name: str, find: Callable[[], KeyRecord | None]) -> KeyRecord | None:
        now = time.monotonic()
        since, record = self._known.get(name, (-BELIEVED, None))
        if record is not None and now - since < BELIEVED:
            return record
        found = find()
        if found is None:
            self._known.pop(name, None)
            return None
        keys.touch(self._database, found.id)
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[name] = (now, found)
        return found


def caller_of(record: KeyRecord) -> Caller:
    """Who asks with this key."""
    scopes = frozenset(Scope(scope) for scope in record.scopes)
    return Caller(record.id, record.team, scopes, record.max_jobs, record.max_bytes)
