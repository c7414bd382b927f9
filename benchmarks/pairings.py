"""The two deployments that the load is put on, as real processes: files of one machine, and the three servers."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.loadgen import Target
from benchmarks.scaling_costs import durable_postgres
from tests.scale.deployed import KEY, Scaled, Urls
from tests.scale.servers import redis_server, s3_server
from tests.service.processes import Deployment, descendants

CONCURRENCY = 2  # jobs at a time, of our worker and of the peer's
SETTINGS = {
    "RFENGINE_RATE": "0",
    "RFENGINE_KEY_JOBS": "1000000",
    "RFENGINE_MAX_QUEUE": "1000000",
    "RFENGINE_CONCURRENCY": str(CONCURRENCY),
    "RFENGINE_LEASE": "30",
    "RFENGINE_SWEEP": "2",
    "RFENGINE_ACCESS_LOG": "0",
}
REAL = {"RFENGINE_ENGINE": "worker.engine"}

Process = AbstractContextManager[subprocess.Popen[bytes]]


@dataclass(frozen=True)
class Pairing:
    """One API process that runs, and workers on demand."""

    target: Target
    api: int  # process id
    worker: Callable[[Mapping[str, str]], Process]


@contextmanager
def embedded() -> Iterator[Pairing]:
    """SQLite files and a folder."""
    with tempfile.TemporaryDirectory(prefix="rfengine-load-") as folder:
        deployment = Deployment(Path(folder), settings=SETTINGS)

        def worker(settings: Mapping[str, str]) -> Process:
            return Deployment(deployment.data, settings={**SETTINGS, **settings}).worker()

        with deployment.service() as api:
            yield Pairing(Target("127.0.0.1", deployment.port), api.pid, worker)


@contextmanager
def scale() -> Iterator[Pairing]:
    """Redis, a PostgreSQL that waits for its disk, and moto's S3."""
    with (
        redis_server() as (_, broker),
        durable_postgres() as database,
        s3_server() as (_, endpoint),
        tempfile.TemporaryDirectory(prefix="rfengine-load-") as folder,
    ):
        deployed = Scaled(Urls(broker, database, "s3://rfengine/load", endpoint), Path(folder), SETTINGS)
        with deployed.apis(1) as (api,):
            host, _, port = api.url.removeprefix("http://").partition(":")
            yield Pairing(Target(host, int(port), KEY), api.process.pid, lambda more: deployed.worker(**more))


PAIRINGS: Mapping[str, Callable[[], AbstractContextManager[Pairing]]] = {"embedded": embedded, "scale": scale}


def megabytes(pid: int) -> float:
    """Memory of a process and all that it started, in MiB; what processes share counts once (PSS)."""
    return sum(_proportional(process) for process in {pid} | descendants(pid)) / 1024


def _proportional(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0  # it has just ended
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
