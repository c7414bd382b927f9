"""Every ledger comes to the schema of today: an empty one, one of each earlier version, and whoever else opens it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, insert, inspect, text

from api_schemas.job import JobStatus
from jobstore import migrations, queries, transitions
from jobstore.database import Database, open_database
from jobstore.migrations import HEAD, KNOWN, LedgerTooNewError
from jobstore.records import NewJob
from jobstore.tables import metadata
from tests.scale import older
from tests.scale.deployed import KEY, command
from tests.scale.servers import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty ledger."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.db"
    address: str = request.getfixturevalue("postgres_url")
    return address


@pytest.fixture
def made(url: str) -> Iterator[Connection]:
    """A connection to the ledger that leaves it as an earlier version would have."""
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def differences(database: Database) -> list[object]:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))


def version(database: Database) -> str:
    with database.read() as connection:
        return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def test_the_versions_make_the_tables(url: str) -> None:
    database = open_database(url)
    assert (differences(database), version(database)) == ([], HEAD)
    database.close()


def test_the_newest_version_is_the_one_that_is_looked_for() -> None:
    config = Config()
    with resources.as_file(resources.files(migrations)) as folder:
        config.set_main_option("script_location", str(folder))
        scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [HEAD]
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == KNOWN


@pytest.mark.parametrize("columns", [(), ("objects_blob",), ("objects_blob", "objects_sha256")])
def test_a_ledger_without_a_version_keeps_its_jobs(url: str, made: Connection, columns: tuple[str, ...]) -> None:
    older.metadata.create_all(made)
    for column in columns:  # as releases before versions added them when they opened a ledger
        made.execute(text(f"ALTER TABLE jobs ADD COLUMN {column} TEXT"))
    made.execute(insert(older.jobs), [older.QUEUED, older.PART])
    made.execute(insert(older.parts), [older.PART_BODY])
    made.execute(insert(older.artifacts), [older.ARTIFACT])
    made.commit()
    for _ in range(2):
        database = open_database(url)
        assert (differences(database), version(database)) == ([], HEAD)
        record = queries.get(database, older.QUEUED["id"])
        assert record is not None
        assert (record.status, record.request, record.objects_blob) == (JobStatus.QUEUED, {"name": "n"}, None)
        assert record.key_id is None
        assert [file.blob for file in queries.artifacts_of(database, older.QUEUED["id"])] == ["artifacts/aa/b"]
        database.close()
    database = open_database(url)
    claimed = transitions.claim(database, older.QUEUED["id"], 30.0)
    assert claimed is not None
    assert transitions.finish(database, claimed.id, claimed.attempt, None, [])
    database.close()


def test_a_ledger_of_the_first_release_gets_all_that_came_later(url: str, made: Connection) -> None:
    older.metadata.create_all(made, tables=[older.jobs, older.artifacts, older.probes])
    made.execute(text("DROP INDEX jobs_by_parent"))
    for column in ("parent", "title", "reaches", "partial"):
        made.execute(text(f"ALTER TABLE jobs DROP COLUMN {column}"))
    made.commit()
    database = open_database(url)
    assert differences(database) == []
    database.close()


OPEN = """
import sys
from jobstore.database import open_database
from jobstore import queries
sys.stdin.readline()
database = open_database(sys.argv[1])
queries.probe(database, sys.argv[2])
"""


def test_processes_that_open_a_ledger_at_once_agree(url: str, made: Connection) -> None:
    older.metadata.create_all(made)
    made.execute(insert(older.jobs), [older.QUEUED])
    made.commit()
    command = [sys.executable, "-c", OPEN, url]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stderr": subprocess.PIPE, "cwd": ROOT}
    started = [subprocess.Popen([*command, str(number)], **pipes) for number in range(3)]
    with ThreadPoolExecutor(3) as threads:
        said = list(threads.map(lambda process: process.communicate(b"go\n", timeout=60.0)[1], started))
    assert [(process.returncode, words) for process, words in zip(started, said, strict=True)] == [(0, b"")] * 3
    database = open_database(url)
    assert differences(database) == []
    database.close()


def test_a_migration_that_fails_leaves_the_ledger_as_it_was(url: str, made: Connection) -> None:
    older.metadata.create_all(made)
    made.execute(text("CREATE TABLE api_keys (other INTEGER)"))  # in the way of one that is made
    made.commit()
    before = {table: inspect(made).get_columns(table) for table in ("jobs", "parts")}
    made.commit()
    with pytest.raises(Exception, match="api_keys"):
        open_database(url)
    after = inspect(made)
    assert not after.has_table("alembic_version")
    assert {table: len(after.get_columns(table)) for table in before} == {table: len(c) for table, c in before.items()}


def test_a_ledger_of_a_newer_release_is_refused(url: str) -> None:
    database = open_database(url)
    transitions.submit(database, NewJob("j", {}, "key"))
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(LedgerTooNewError, match=r"RFENGINE_DATABASE_URL=.* schema 9999.* up to 000\d; install"):
        open_database(url)


def test_processes_refuse_a_ledger_of_a_newer_release(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    database = open_database(url)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "RFENGINE_API_KEY": KEY,
        "RFENGINE_DATA": str(tmp_path),
        "RFENGINE_DATABASE_URL": url,
        "RFENGINE_ENGINE": "tests.worker.fake_engine",
    }
    pipes: dict[str, Any] = {"stderr": subprocess.PIPE, "text": True, "cwd": tmp_path, "env": environment}
    started = [subprocess.Popen(words, **pipes) for words in (command("api", free_port()), command("worker-cpu"))]
    for process in started:
        said = process.communicate(timeout=30.0)[1]
        assert process.returncode == 2
        assert "schema 9999" in said
        assert "Traceback" not in said


def test_the_refusal_tells_no_password() -> None:
    with pytest.raises(LedgerTooNewError, match=r"://rf:\*\*\*@db/x"):
        raise migrations.too_new("9999", "postgresql+psycopg://rf:secret@db/x")
