"""Real servers for the tests: Redis, PostgreSQL and an S3 server, on free loopback ports and in folders of their own.

One that is missing is an error that says what to install, never a reason to skip.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import redis

STARTS_WITHIN = 30.0  # seconds; a shared machine can be slow
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "us-east-1",
    # No look-up of a cloud's own credentials, which would wait for a network that is not there.
    "AWS_EC2_METADATA_DISABLED": "true",
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """A command on a port; it may be killed, frozen and started again, and keeps its folder."""

    name: str
    command: Sequence[str]
    answers: Callable[[], bool]
    folder: Path
    user: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=self.user,
            group=None if self.user is None else pwd.getpwnam(self.user).pw_gid,
            extra_groups=None if self.user is None else [],
            env={**os.environ, **self.environment},
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._up():
            ended = self.process.poll() is not None
            assert not ended, f"{self.name} ended:\n{(self.folder / 'log').read_text()[-2000:]}"
            assert time.monotonic() < deadline, f"{self.name} does not answer"
            time.sleep(0.02)

    def kill(self, number: int = signal.SIGKILL) -> None:
        """Send a signal to it and everything that it started; wait for the end where it is one."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
        if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
            self.process.wait()

    def _up(self) -> bool:
        try:
            return self.answers()
        except (OSError, httpx.TransportError, redis.RedisError, psycopg.Error):
            return False


@contextmanager
def redis_server(*, maxmemory: str = "64mb") -> Iterator[tuple[Server, str]]:
    """A Redis that writes every change to disk, as the compose file has it; and its URL."""
    port = free_port()
    with _folder(None) as folder:
        command = [_binary("redis-server", "redis-server"), "--bind", "127.0.0.1", "--port", str(port)]
        command += ["--dir", str(folder), "--appendonly", "yes", "--save", ""]
        command += ["--maxmemory", maxmemory, "--maxmemory-policy", "noeviction"]

        def answers() -> bool:
            with redis.Redis(port=port, socket_timeout=2.0) as client:
                return bool(client.ping())

        with _running(Server("redis-server", command, answers, folder)) as server:
            yield server, f"redis://127.0.0.1:{port}/0"


@contextmanager
def postgres_server() -> Iterator[tuple[Server, str]]:
    """A PostgreSQL, run by a user without rights, as it refuses root; and the URL of its database `rfengine`."""
    port = free_port()
    user = _unprivileged() if os.getuid() == 0 else None
    with _folder(user) as folder:
        data = folder / "data"
        binaries = _postgres_binaries()
        made = [str(binaries / "initdb"), "-D", str(data), "-U", "rfengine", "-A", "trust", "--no-sync", "-E", "UTF8"]
        subprocess.run(made, check=True, stdout=subprocess.DEVNULL, user=user, cwd=folder)
        command = [str(binaries / "postgres"), "-D", str(data), "-p", str(port), "-k", str(folder)]
        # A killed process loses nothing without fsync; only a power cut would.
        for setting in ("listen_addresses=127.0.0.1", "fsync=off", "shared_buffers=32MB", "max_connections=100"):
            command += ["-c", setting]
        root = f"postgresql://rfengine@127.0.0.1:{port}"

        def answers() -> bool:
            with psycopg.connect(f"{root}/postgres", connect_timeout=2) as connection:
                return connection.execute("SELECT 1").fetchone() == (1,)

        with _running(Server("postgres", command, answers, folder, user=user), signal.SIGINT) as server:
            with psycopg.connect(f"{root}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE rfengine")
            yield server, f"postgresql+psycopg://rfengine@127.0.0.1:{port}/rfengine"


@contextmanager
def s3_server() -> Iterator[tuple[Server, str]]:
    """An S3 server with an empty bucket `rfengine`; and its endpoint."""
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    with _folder(None) as folder:
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]

        def answers() -> bool:
            return httpx.get(f"{endpoint}/moto-api/", timeout=2.0).status_code == 200

        with _running(Server("moto", command, answers, folder, environment=CREDENTIALS)) as server:
            assert httpx.put(f"{endpoint}/rfengine").status_code == 200
            yield server, endpoint


def new_database(url: str, name: str) -> str:
    """The URL of an empty database beside the one at `url`."""
    server = url.replace("+psycopg", "").rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{url.rpartition('/')[0]}/{name}"


@contextmanager
def _running(server: Server, ending: int = signal.SIGTERM) -> Iterator[Server]:
    server.start()
    try:
        yield server
    finally:
        server.kill(signal.SIGCONT)
        server.kill(ending)


@contextmanager
def _folder(owner: str | None) -> Iterator[Path]:
    # Not pytest's, which nobody but its own user may enter.
    folder = Path(tempfile.mkdtemp(prefix="rfengine-test-"))
    if owner is not None:
        shutil.chown(folder, owner)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unprivileged() -> str:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise AssertionError("PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody")


def _postgres_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    return Path(_binary("initdb", "postgresql")).parent


def _binary(name: str, package: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is missing: apt-get install --yes {package}"
    return found
