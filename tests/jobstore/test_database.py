"""A ledger of an earlier version is given what came later."""

import sqlite3
from pathlib import Path

from api_schemas.job import JobStatus
from jobstore import queries, transitions
from jobstore.database import open_database
from jobstore.records import NewJob
from jobstore.tables import jobs

LATER = ("parent", "title", "reaches", "partial", "objects_blob", "objects_sha256")


def test_columns_that_came_later_are_added_to_an_older_ledger(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    made = open_database(url)
    transitions.submit(made, NewJob("j", {}, "key"))
    made.close()
    older = sqlite3.connect(tmp_path / "ledger.db")
    older.execute("DROP TABLE parts")
    older.execute("DROP INDEX jobs_by_parent")
    for column in LATER:
        older.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
    older.close()
    for _ in range(2):
        opened = open_database(url)
        record = queries.get(opened, "j")
        assert record is not None
        assert (record.status, record.parent, record.fanned_out) == (JobStatus.QUEUED, None, False)
        opened.close()
    indexes = sqlite3.connect(tmp_path / "ledger.db").execute("SELECT name FROM sqlite_master").fetchall()
    assert {("parts",), ("jobs_by_parent",)} <= set(indexes)


def test_what_may_be_added_later_is_nullable() -> None:
    assert all(jobs.c[column].nullable for column in LATER)
