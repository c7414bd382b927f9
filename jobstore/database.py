"""The ledger's database: one engine, one clock, and two kinds of transaction."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.schema import CreateColumn

from jobstore.tables import metadata

Clock = Callable[[], float]

BUSY_SECONDS = 30.0


@dataclass(frozen=True)
class Database:
    """An engine and the clock that every time comparison uses."""

    engine: Engine
    clock: Clock = time.time

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection with one consistent view; it must not write."""
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end, or not at all."""
        with self.engine.connect() as connection:
            connection = connection.execution_options(sqlite_begin="IMMEDIATE")
            with connection.begin():
                yield connection

    def create_tables(self) -> None:
        """Make what is missing; safe to call from several processes at once."""
        with self.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(726620)")
            _add_columns(connection)
            metadata.create_all(connection)
            for table in metadata.sorted_tables:
                for index in table.indexes:
                    index.create(connection, checkfirst=True)

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def open_database(url: str, clock: Clock = time.time) -> Database:
    """The database at a URL, its tables made where they are missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    else:
        if parsed.database:
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(parsed, connect_args={"timeout": BUSY_SECONDS})
        _prepare_sqlite(engine)
    database = Database(engine, clock)
    database.create_tables()
    return database


def _add_columns(connection: Connection) -> None:
    """Give tables that an earlier version made the columns that came later, which are all nullable."""
    known = inspect(connection)
    for table in metadata.sorted_tables:
        if not known.has_table(table.name):
            continue
        there = {column["name"] for column in known.get_columns(table.name)}
        for column in table.columns:
            if column.name not in there:
                definition = CreateColumn(column).compile(dialect=connection.dialect)
                connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {definition}")


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
