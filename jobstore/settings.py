"""What makes a deployment: three URLs and a few times.

The default needs no server: everything lies in files under one folder. `redis://`, `postgresql+psycopg://` and `s3://`
are only other values of the same three settings.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from jobstore.environment import number, text, whole


@dataclass(frozen=True)
class StoreSettings:
    """Where jobs, their files and their messages live, and how long a silent worker keeps a job."""

    broker_url: str
    database_url: str
    artifact_url: str
    lease: float = 30.0  # seconds without a heartbeat after which a job is taken from its worker
    max_losses: int = 3  # lost leases after which a job fails

    @classmethod
    def from_environment(cls) -> "StoreSettings":
        """Read RFENGINE_{BROKER,DATABASE,ARTIFACT}_URL, RFENGINE_DATA, RFENGINE_LEASE and RFENGINE_MAX_LOSSES."""
        data = Path(text("RFENGINE_DATA", "rfengine-data")).resolve()
        return cls(
            broker_url=text("RFENGINE_BROKER_URL", f"sqlite:///{quote(str(data))}/broker.db"),
            database_url=text("RFENGINE_DATABASE_URL", f"sqlite:///{data}/ledger.db"),
            artifact_url=text("RFENGINE_ARTIFACT_URL", f"file://{data}/artifacts"),
            lease=number("RFENGINE_LEASE", cls.lease, least=0.1),
            max_losses=whole("RFENGINE_MAX_LOSSES", cls.max_losses, least=1),
        )
