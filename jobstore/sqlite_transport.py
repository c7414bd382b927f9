"""A kombu transport over one SQLite file, for a deployment without a broker server.

A message is a row; taking it is one atomic `DELETE ... RETURNING`, so two consumers never get the same one and a
reader never meets half a write. A message that dies with its consumer is not restored: the ledger sends it again.
"""

import json
import sqlite3
import threading
from pathlib import Path
from queue import Empty
from typing import Any, cast

from kombu.transport import TRANSPORT_ALIASES, virtual

from jobstore.database import BUSY_SECONDS, use_wal

SCHEME = "sqlite"
LONGEST_WAIT = 0.5  # seconds

_TABLE = """
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, queue TEXT NOT NULL, payload TEXT NOT NULL)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS messages_by_queue ON messages (queue, id)"
_LOOK = "SELECT 1 FROM messages WHERE queue = ? LIMIT 1"
_TAKE = """
DELETE FROM messages WHERE id = (SELECT id FROM messages WHERE queue = ? ORDER BY id LIMIT 1) RETURNING payload
"""


def register() -> None:
    """Let kombu and Celery resolve `sqlite:////path` URLs; calling it again does no harm."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


class Channel(virtual.Channel):
    """A connection to the file; queues need no declaration, and only the default exchange is served."""

    def __init__(self, connection: Any, **options: Any) -> None:
        super().__init__(connection, **options)  # type: ignore[no-untyped-call]
        # Celery acknowledges from pool threads, and a connection may be used by one thread at a time.
        self._lock = threading.Lock()
        self._database = _connect(Path(connection.client.virtual_host))

    def _put(self, queue: str, message: dict[str, Any], **_options: Any) -> None:
        with self._lock:
            self._database.execute("INSERT INTO messages (queue, payload) VALUES (?, ?)", (queue, json.dumps(message)))

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:  # noqa: ARG002
        # Looking first takes no lock; an idle consumer must not stop the writers.
        with self._lock:
            waiting = self._database.execute(_LOOK, (queue,)).fetchone()
            taken = self._database.execute(_TAKE, (queue,)).fetchall() if waiting else []
        if not taken:
            raise Empty
        return cast(dict[str, Any], json.loads(taken[0][0]))

    def _size(self, queue: str) -> int:
        with self._lock:
            counted = self._database.execute("SELECT COUNT(*) FROM messages WHERE queue = ?", (queue,)).fetchone()
        return int(counted[0])

    def _purge(self, queue: str) -> int:
        with self._lock:
            return self._database.execute("DELETE FROM messages WHERE queue = ?", (queue,)).rowcount

    def close(self) -> None:
        """Put unacknowledged messages back and close the file."""
        if not self.closed:
            super().close()  # type: ignore[no-untyped-call]
            self._database.close()


class Transport(virtual.Transport):
    """`sqlite:////absolute/path/of/broker.db`."""

    Channel = Channel
    polling_interval = 0.1
    driver_type = "sqlite"
    driver_name = "sqlite3"
    # A locked or vanished file is a lost connection: Celery then connects again instead of ending.
    connection_errors = (  # type: ignore[assignment]
        *virtual.Transport.connection_errors,
        sqlite3.OperationalError,
    )

    @property
    def default_connection_params(self) -> dict[str, Any]:
        """None: a file has neither host nor port."""
        return {}

    def drain_events(self, connection: Any, timeout: float | None = None) -> None:  # type: ignore[override]
        """Wait for a message, but never so long that a consumer is late to notice that it should stop."""
        wait = min(timeout or LONGEST_WAIT, LONGEST_WAIT)
        super().drain_events(connection, timeout=wait)  # type: ignore[no-untyped-call]

    def driver_version(self) -> str:
        """The version of the SQLite library."""
        return sqlite3.sqlite_version


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    # isolation_level=None: every statement is its own transaction.
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    use_wal(connection)
    # A message lost in a power cut is sent again by the sweeper, so the disk need not be waited for.
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(_TABLE)
    connection.execute(_INDEX)
    return connection
