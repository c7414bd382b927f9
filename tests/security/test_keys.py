"""Keys: shown once, kept as digests, made and ended on the command line, needed beyond loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobstore import keys
from jobstore.database import Database, open_database
from jobstore.keys import NewKey
from service.access import Caller, Scope
from tests.jobstore.clock import Clock

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    opened = open_database(f"sqlite:///{tmp_path}/ledger.db", clock)
    yield opened
    opened.close()


def test_a_key_is_found_by_its_token_and_by_nothing_like_it(database: Database) -> None:
    record, token = keys.create(database, NewKey("ci", "team", ("read",), 3, 1000))
    other = keys.create(database, NewKey("other"))[1]
    assert keys.find(database, token) == record
    secret = token.rpartition("_")[2]
    for wrong in (
        "",
        token[:-1],
        f"{token}0",
        f" {token}",
        token.upper(),
        f"rfe_{record.id}_{'0' * 64}",
        f"rfe_{'0' * 12}_{secret}",
        f"rfe_{other.split('_')[1]}_{secret}",
        f"rfe_environment_{secret}",
        secret,
        record.digest,
        f"rfe_{record.id}_{record.digest}",
        "rfe_' OR 1=1 --_x",
        "é" * 80,
    ):
        assert keys.find(database, wrong) is None, wrong


def test_the_ledgers_files_have_no_secret_of_a_key(tmp_path: Path, database: Database) -> None:
    _, token = keys.create(database, NewKey("ci"))
    keys.remember_environment(database, "the-environments-key")
    secret = token.rpartition("_")[2]
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert keys.digest_of(token).encode() in kept
    assert secret.encode() not in kept
    assert b"the-environments-key" not in kept


def test_a_revoked_key_is_none_and_stays_listed(database: Database, clock: Clock) -> None:
    record, token = keys.create(database, NewKey("ci"))
    assert keys.usable(database)
    clock.now += 5.0
    assert keys.revoke(database, record.id)
    assert keys.find(database, token) is None
    assert not keys.revoke(database, record.id)
    assert not keys.revoke(database, "nothing")
    assert [each.revoked for each in keys.listed(database)] == [clock.now]
    # The door stays shut: who ended the last key did not mean to let everybody in.
    assert keys.ever_made(database)
    assert not keys.usable(database)


def test_last_use_is_written_once_a_minute(database: Database, clock: Clock) -> None:
    record, _ = keys.create(database, NewKey("ci"))
    first = clock.now
    for later, expected in ((0.0, first), (59.0, first), (2.0, first + 61.0)):
        clock.now += later
        keys.touch(database, record.id)
        assert keys.listed(database)[0].last_used == expected


def test_the_environments_key_is_remembered_once_and_opens_no_door(database: Database) -> None:
    first = keys.remember_environment(database, "one")
    second = keys.remember_environment(database, "two")
    assert (first.id, len(keys.listed(database))) == (second.id, 1)
    assert first.webhook_secret != second.webhook_secret
    assert not keys.ever_made(database)
    assert not keys.revoke(database, keys.ENVIRONMENT)


def test_scopes_are_a_ladder() -> None:
    may = {scope: [wanted for wanted in Scope if Caller("k", None, frozenset({scope})).may(wanted)] for scope in Scope}
    assert may == {
        Scope.READ: [Scope.READ],
        Scope.ANALYZE: [Scope.READ, Scope.ANALYZE],
        Scope.ADMIN: [Scope.READ, Scope.ANALYZE, Scope.ADMIN],
    }
    assert tuple(Scope) == keys.SCOPES
    assert not Caller("k", None, frozenset()).may(Scope.READ)


def test_keys_are_made_listed_and_revoked_on_the_command_line(tmp_path: Path) -> None:
    options = ["--team", "vision", "--scope", "read", "--jobs", "5", "--bytes", "1000000", "--json"]
    made = json.loads(_rfengine("keys", "create", "ci", *options, data=tmp_path).stdout)
    plain = _rfengine("keys", "create", "--", "-odd name", data=tmp_path)
    assert plain.stdout.startswith("rfe_")
    assert plain.stdout.count("\n") == 1
    table = _rfengine("keys", "list", data=tmp_path).stdout
    assert made["id"] in table
    assert made["key"] not in table
    assert made["webhook_secret"] not in table
    assert _rfengine("keys", "revoke", made["id"], data=tmp_path).returncode == 0
    listed = {each["name"]: each for each in json.loads(_rfengine("keys", "list", "--json", data=tmp_path).stdout)}
    assert listed["ci"]["revoked"] is not None
    assert (listed["ci"]["team"], listed["ci"]["scopes"], listed["ci"]["max_jobs"]) == ("vision", ["read"], 5)
    assert listed["-odd name"]["scopes"] == ["analyze"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("revoke", "nothing"), "see `rfengine keys list`"),
        (("revoke", "environment"), "RFENGINE_API_KEY"),
        (("create", "x", "--scope", "everything"), "everything"),
        (("create", "x\ny"), "printable"),
        (("create", "x", "--jobs", "0"), "at least 1"),
    ],
)
def test_what_cannot_be_is_said_with_exit_code_2(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    refused = _rfengine("keys", *arguments, data=tmp_path)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_ledger_that_does_not_answer_is_no_place_to_show_its_password(tmp_path: Path) -> None:
    url = "postgresql+psycopg://user:hunter2@127.0.0.1:1/ledger"
    refused = _rfengine("keys", "list", data=tmp_path, RFENGINE_DATABASE_URL=url)
    assert refused.returncode == 3
    assert "hunter2" not in refused.stdout + refused.stderr


@pytest.mark.parametrize(("made", "started"), [("none", False), ("revoked", False), ("usable", True)])
def test_beyond_loopback_a_key_of_the_ledger_will_do(tmp_path: Path, made: str, started: bool) -> None:
    if made != "none":
        key = json.loads(_rfengine("keys", "create", "x", "--json", data=tmp_path).stdout)
        if made == "revoked":
            _rfengine("keys", "revoke", key["id"], data=tmp_path)
    # Port 0 on all addresses: it is refused, or listens until it is ended.
    command = [sys.executable, "-P", "-m", "service", "--host", "0.0.0.0", "--port", "0"]
    process = subprocess.Popen(command, env=_environment(tmp_path), stderr=subprocess.PIPE, text=True)
    try:
        assert process.wait(4.0) == 2
        assert process.stderr is not None
        assert "rfengine keys create" in process.stderr.read()
        assert not started
    except subprocess.TimeoutExpired:
        assert started
    finally:
        process.kill()
        process.wait()


def _rfengine(*arguments: str, data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rfengine.cli", *arguments]
    return subprocess.run(
        command, env=_environment(data) | settings, capture_output=True, text=True, timeout=60, check=False
    )


def _environment(data: Path) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("RFENGINE_")}
    return inherited | {"PYTHONPATH": str(ROOT), "RFENGINE_DATA": str(data)}
