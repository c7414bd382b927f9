"""What makes a deployment: three URLs and a few times.

The default needs no server: everything lies in files under one folder. `redis://`, `postgresql+psycopg://` and `s3://`
are only other values of the same three settings.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from jobstore.environment import BadSettingError, number, switch, text, whole

_CLIENTS = {
    "redis": "redis",
    "rediss": "redis",
    "sentinel": "redis",
    "postgres": "psycopg",
    "postgresql": "psycopg",
    "postgresql+psycopg": "psycopg",
    "s3": "s3fs",
}


@dataclass(frozen=True)
class StoreSettings:
    """Where jobs, their files and their messages live, and how long a silent worker keeps a job."""

    broker_url: str
    database_url: str
    artifact_url: str
    lease: float = 30.0  # seconds without a heartbeat after which a job is taken from its worker
    max_losses: int = 3  # lost leases after which a job fails
    gpu_queue: bool = False  # whether jobs that a GPU suits go to workers that have one

    @classmethod
    def from_environment(cls) -> "StoreSettings":
        """Read RFENGINE_{BROKER,DATABASE,ARTIFACT}_URL, RFENGINE_{DATA,LEASE,MAX_LOSSES,GPU_QUEUE}.

        Raises:
            BadSettingError: a value cannot be used, or what a URL names needs an extra that is not installed.
        """
        data = Path(text("RFENGINE_DATA", "rfengine-data")).resolve()
        return cls(
            broker_url=_url("RFENGINE_BROKER_URL", f"sqlite:///{quote(str(data))}/broker.db"),
            database_url=_driven(_url("RFENGINE_DATABASE_URL", f"sqlite:///{data}/ledger.db")),
            artifact_url=_url("RFENGINE_ARTIFACT_URL", f"file://{data}/artifacts"),
            lease=number("RFENGINE_LEASE", cls.lease, least=0.1),
            max_losses=whole("RFENGINE_MAX_LOSSES", cls.max_losses, least=1),
            gpu_queue=switch("RFENGINE_GPU_QUEUE"),
        )


def _url(name: str, default: str) -> str:
    """A URL whose scheme's client is installed."""
    url = text(name, default)
    client = _CLIENTS.get(url.partition(":")[0])
    if client is not None and find_spec(client) is None:
        scheme = url.partition(":")[0]
        raise BadSettingError(f"{name}: {scheme}:// needs the package {client}; run: pip install 'rfengine[scale]'")
    return url


def _driven(url: str) -> str:
    """The URL with our driver: providers of databases hand out URLs without one."""
    scheme, separator, rest = url.partition("://")
    return f"postgresql+psycopg{separator}{rest}" if scheme in ("postgres", "postgresql") else url
