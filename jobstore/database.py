"""The ledger's database: one engine, one clock, and two kinds of transaction."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

from jobstore import migrations
from jobstore.clock import Clock, ServerClock

BUSY_SECONDS = 30.0

# How a database server is talked to. One that vanishes without a word is noticed within seconds, and a process that is
# frozen in the middle of a transaction does not hold its locks against the others for longer than a lease.
_SERVER: dict[str, Any] = {
    "pool_pre_ping": True,
    "pool_size": 5,
    "max_overflow": 15,
    "pool_timeout": 10,  # seconds
    "connect_args": {
        "connect_timeout": 5,  # seconds
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 15_000,  # milliseconds
        "application_name": "rfengine",
        "options": "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=20s",
    },
}


@dataclass(frozen=True)
class Database:
    """An engine and the clock that every time comparison uses."""

    engine: Engine
    clock: Clock = time.time

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for questions. SQLite answers all of them as of one moment, a server each as of its own."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or not at all."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(sqlite_begin="IMMEDIATE")
            with connection.begin():
                yield connection

    def migrate(self) -> None:
        """Bring the tables to the newest schema; safe to call from several processes at once."""
        with self.read() as connection:
            if migrations.is_current(connection):
                return
        with self.write() as connection:
            migrations.migrate(connection)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(url: str, clock: Clock | None = None) -> Database:
    """The database at a URL, its tables brought to the newest schema; `clock` stands in for the database's own.

    Raises:
        LedgerTooNewError: a newer rfengine made it.
        SQLAlchemyError: it cannot be reached.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = _sqlite(parsed)
        database = Database(engine, clock or time.time)
    else:
        engine = create_engine(parsed, **_SERVER)
        database = Database(engine, clock or ServerClock(lambda: _server_time(engine)))
    try:
        database.migrate()
    except BaseException:
        engine.dispose()
        raise
    return database


def _server_time(engine: Engine) -> float:
    with engine.connect() as connection:
        return float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)


def _sqlite(url: URL) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        # The driver's own transaction control begins too late to take the write lock first; we send BEGIN ourselves.
        connection.isolation_level = None
        use_wal(connection)
        # An accepted job must survive a power cut, so every commit waits for the disk.
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        # A writer that starts as a reader can find its snapshot stale, which no waiting mends.
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'DEFERRED')}")


def use_wal(connection: sqlite3.Connection) -> None:
    """Switch a SQLite file to write-ahead logging; the busy timeout does not cover this switch, so it is retried."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)
