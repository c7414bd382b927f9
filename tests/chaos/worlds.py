"""The two pairings, as processes that can be killed: one machine's files, and Redis, PostgreSQL and S3."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx

from tests.chaos.kept import Kept
from tests.scale.deployed import KEY, Scaled, Urls, command
from tests.scale.servers import Server, postgres_server, redis_server, s3_server
from tests.service.processes import Deployment, free_port

PAIRINGS = ("embedded", "scale")
SMALL_DISK = 96  # MiB
LEASE = 3.0  # seconds
WORKERS = 2


@dataclass
class World:
    """What runs, and what it runs on. `disk` is the small file system, None where this user may mount none."""

    pairing: str
    apis: list[Kept]
    workers: list[Kept]
    urls: list[str]
    headers: dict[str, str]
    database_url: str
    folder: Path
    disk: Path | None
    clock: Path
    servers: Mapping[str, Server] = field(default_factory=dict)
    kills: int = 0

    @property
    def processes(self) -> list[Kept]:
        """Of the service itself."""
        return [*self.apis, *self.workers]

    def set_clock(self, ahead: float) -> None:
        """Set the wall clock of every process of the service, by so many seconds from the real one."""
        told = self.clock.with_suffix(".new")
        told.write_text(str(ahead))
        told.replace(self.clock)


@contextmanager
def world(pairing: str) -> Iterator[World]:
    """A pairing, up and answering; all of it is asked to end at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rfengine-chaos-")))
        disk = stack.enter_context(small_disk(folder / "disk"))
        made = _embedded(folder, disk) if pairing == "embedded" else _scale(folder, disk, stack)
        for process in made.processes:
            stack.callback(process.stop)
            process.start()
        yield made
        # In this order: what serves ends while what it is served by is still there.
        for process in made.processes:
            process.stop()


@contextmanager
def small_disk(place: Path) -> Iterator[Path | None]:
    """A file system of a few MiB; None where this user may not mount one."""
    place.mkdir()
    if os.geteuid() != 0:
        yield None
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}m", "tmpfs", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


def _settings(folder: Path, disk: Path | None) -> dict[str, str]:
    room = disk or folder
    temporary = room / "tmp"
    temporary.mkdir()
    return {
        "PYTHONPATH": f"{Path(__file__).parent / 'skew'}{os.pathsep}{Path(__file__).parents[2]}",
        "CHAOS_CLOCK": str(folder / "clock"),
        "TMPDIR": str(temporary),
        "RFENGINE_CHECKPOINTS": str(room / "checkpoints"),
        "RFENGINE_ENGINE": "tests.worker.fake_engine",
        "RFENGINE_LEASE": str(LEASE),
        "RFENGINE_SWEEP": "0.3",
        "RFENGINE_GRACE": "1",
        "RFENGINE_MIN_FREE": "0",  # so that the disk gets full, instead of uploads being refused before
        "RFENGINE_RATE": "0",
        "RFENGINE_KEY_JOBS": "1000",
        "RFENGINE_CONCURRENCY": "2",
    }


def _embedded(folder: Path, disk: Path | None) -> World:
    data = (disk or folder) / "data"
    deployment = Deployment(data, settings=_settings(folder, disk))
    api = [sys.executable, "-P", "-m", "service", "--port", str(deployment.port)]
    worker = [sys.executable, "-P", "-m", "worker"]
    return World(
        "embedded",
        [Kept("api", api, deployment.environment, folder / "api.log", deployment.answers)],
        [Kept(f"worker-{n}", worker, deployment.environment, folder / f"worker-{n}.log") for n in range(WORKERS)],
        [deployment.url],
        {},
        f"sqlite:///{data}/ledger.db",
        data,
        disk,
        folder / "clock",
    )


def _scale(folder: Path, disk: Path | None, stack: ExitStack) -> World:
    redis, broker = stack.enter_context(redis_server())
    postgres, database = stack.enter_context(postgres_server())
    s3, endpoint = stack.enter_context(s3_server())
    scaled = Scaled(Urls(broker, database, "s3://rfengine/chaos", endpoint), folder, _settings(folder, disk))
    ports = [free_port() for _ in range(2)]
    keyed = scaled.environment | {"RFENGINE_API_KEY": KEY}
    apis = [
        Kept(f"api-{n}", command("api", port), keyed, folder / f"api-{n}.log", partial(_answers, port))
        for n, port in enumerate(ports)
    ]
    workers = [
        Kept(f"worker-{n}", command("worker-cpu"), scaled.environment, folder / f"worker-{n}.log")
        for n in range(WORKERS)
    ]
    return World(
        "scale",
        apis,
        workers,
        [f"http://127.0.0.1:{port}" for port in ports],
        {"Authorization": f"Bearer {KEY}"},
        database,
        folder,
        disk,
        folder / "clock",
        {"redis": redis, "postgres": postgres, "s3": s3},
    )


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=2.0).status_code == 200
    except httpx.TransportError:
        return False
