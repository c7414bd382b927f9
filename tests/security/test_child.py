"""A child has no network, no secret, no right to get more rights; each wall is tried alone as well."""

import json
import os
import platform
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.security import hostile_engine
from tests.security.hostile_engine import FOUND
from worker.environment import bare
from worker.network import NoWallError

ENGINE = hostile_engine.__name__
SECRETS = {
    "RFENGINE_DATABASE_URL": "postgresql://rfengine:hunter2@db/ledger",
    "RFENGINE_BROKER_URL": "redis://:hunter2@broker",
    "RFENGINE_API_KEY": "hunter2-key",
    "AWS_SECRET_ACCESS_KEY": "hunter2-bucket",
    "PGPASSWORD": "hunter2-pg",
    "SOME_TOKEN_NOBODY_FORESAW": "hunter2-else",
}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the walls are Linux's")

# Runs the bench in a process whose environment had the secrets from its first moment, as a worker's has.
_WORKER = f"""
import json, sys
from dataclasses import replace
from pathlib import Path
from jobstore import queries
from tests.worker.bench import Bench
from worker.process import warm_up
warm_up(["worker.child", {ENGINE!r}])
bench = Bench(Path(sys.argv[1]))
bench.settings = replace(bench.settings, engine={ENGINE!r})
bench.submit("probe:" + sys.argv[2])
record = bench.run()
assert record.error is None, record.error
with bench.store.open(queries.artifact(bench.database, "j", {FOUND!r}).blob) as file:
    sys.stdout.write(file.read().decode())
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the engine could do, with a server listening that it might reach."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = str(listening.getsockname()[1])
        yield json.loads(_run(_WORKER, str(tmp_path_factory.mktemp("bench")), port, environment=SECRETS))


@pytest.mark.parametrize("kind", ["inet", "inet6", "unix", "raw", "connect"])
def test_a_child_opens_no_socket_of_any_family(found: dict[str, Any], kind: str) -> None:
    assert found[kind] == "EACCES"


def test_a_child_resolves_no_name(found: dict[str, Any]) -> None:
    assert found["resolve"] == "unresolved"


def test_no_other_entry_into_the_kernel_opens_sockets(found: dict[str, Any]) -> None:
    assert found["io_uring"] == "EACCES"
    if platform.machine() == "x86_64":
        assert found["x32"] == "EACCES"


def test_a_child_is_in_a_network_of_its_own_without_a_way_out(found: dict[str, Any]) -> None:
    unshared = subprocess.run(["unshare", "-Urn", "true"], capture_output=True)
    if unshared.returncode == 0:  # where the host allows it; the filter stands alone elsewhere
        assert set(found["interfaces"]) <= {"lo", "sit0", "tunl0", "ip6tnl0"}


@pytest.mark.parametrize("place", ["environ", "started_with", "of_the_fork_server", "of_the_worker", "worker_memory"])
def test_no_secret_is_in_any_environment_that_a_child_can_read(found: dict[str, Any], place: str) -> None:
    assert "hunter2" not in str(found[place])


def test_a_child_keeps_what_libraries_need(found: dict[str, Any]) -> None:
    assert found["environ"]["PATH"] == os.environ["PATH"]
    assert "OMP_WAIT_POLICY" in found["environ"]


def test_a_child_reads_nothing_of_its_worker(found: dict[str, Any]) -> None:
    assert found["of_the_worker"] in ("EACCES", "EPERM")
    assert found["worker_memory"] in ("EACCES", "EPERM")


def test_a_child_has_no_capability_and_gets_none(found: dict[str, Any]) -> None:
    assert found["capabilities"] == [0, 0, 0]
    assert found["no_new_privileges"] == "1"
    assert found["seccomp"] == "2"


def test_a_child_ends_with_its_worker_in_an_empty_folder(found: dict[str, Any]) -> None:
    assert found["death_signal"] == 9
    assert found["session"]
    assert found["here"] == []


def test_limits_cannot_be_raised_again(found: dict[str, Any]) -> None:
    limits = found["hard_limits"]
    assert limits["core"] == 0
    assert 0 < limits["memory"] < 1 << 40
    assert limits["files"] == 256
    assert limits["size"] == 2 << 30


def test_the_bare_environment_lets_nothing_through_by_default() -> None:
    assert bare({**SECRETS, "LC_ALL": "C", "OMP_NUM_THREADS": "2", "RFENGINE_LIMIT_NODES": "9"}) == {
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "2",
        "RFENGINE_LIMIT_NODES": "9",
    }


@pytest.mark.parametrize(("missing", "left"), [("_namespace", ["filter"]), ("_filter", ["namespace"])])
def test_either_wall_keeps_the_loopback_out_of_reach(missing: str, left: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        walls, reached = _behind(f"socket.create_connection(('127.0.0.1', {port}), timeout=2.0)", missing)
    assert walls == left
    assert reached in ("PermissionError", "OSError", "ConnectionRefusedError")


def test_a_worker_is_hidden_also_where_there_are_no_user_namespaces() -> None:
    read = "open(f'/proc/{os.getppid()}/environ', 'rb').read()"
    assert _behind(read, "_namespace", "hide()") == (["filter"], "PermissionError")


def test_without_any_wall_there_is_no_child() -> None:
    assert _behind("None", "_namespace", "network._filter = lacking") == (None, NoWallError.__name__)


def test_a_child_that_cannot_be_confined_touches_no_model(tmp_path: Path) -> None:
    touched = tmp_path / "touched"
    script = """
import sys
from pathlib import Path
from tests.worker.bench import FAKE, Bench
from worker.process import warm_up
warm_up(["worker.child", "tests.security.without_walls", FAKE])
bench = Bench(Path(sys.argv[1]))
bench.submit("crash_once:" + sys.argv[2])
print(bench.run().error.type)
"""
    done = _run(script, str(tmp_path), str(touched))
    assert done.split() == ["urn:rfengine:internal-error"]
    assert not touched.exists()


def _behind(act: str, missing: str, before: str = "pass") -> tuple[list[str] | None, str]:
    """The walls that stand where the system lacks one, and what an act behind them comes to, in a forked child."""
    script = f"""
import ctypes, json, os, socket
from worker import network
from worker.confine import hide
def lacking(): raise OSError("the system has it not")
network.{missing} = lacking
{before}
if os.fork():
    os.wait()
    os._exit(0)
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
walls = None
try:
    walls = network.leave_the_network()
    {act}
    print(json.dumps([walls, "done"]), flush=True)
except OSError as error:
    print(json.dumps([walls, type(error).__name__]), flush=True)
os._exit(0)
"""
    walls, reached = json.loads(_run(script))
    return walls, reached


def _run(script: str, *arguments: str, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(
        command, env={**os.environ, **(environment or {})}, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
