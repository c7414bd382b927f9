"""What the routes stand on: the ledger, the bytes, the broker, and the settings."""

import importlib.metadata
import logging
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from jobstore.artifacts import ArtifactStore, open_artifacts
from jobstore.broker import Broker, open_broker
from jobstore.database import Database, open_database
from jobstore.records import JobRecord
from service.disk import Disk, disks_of
from service.keyring import Keyring
from service.settings import ServiceSettings

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Stores:
    """One process's doors to everything that lasts."""

    settings: ServiceSettings
    database: Database
    artifacts: ArtifactStore
    broker: Broker
    engine_version: str
    keyring: Keyring
    disks: tuple[Disk, ...] = ()

    def announce(self, job: JobRecord) -> None:
        """Say that a job may be claimed; where the broker is away a worker's sweep says it later."""
        try:
            self.broker.publish(job.id, job.queue)
        except Exception:
            log.warning("job %s: its id was not published; a worker's sweep will do it", job.id, exc_info=True)

    def close(self) -> None:
        """Close every connection."""
        self.broker.close()
        self.database.close()


def open_stores(settings: ServiceSettings) -> Stores:
    """Open what the three URLs name; raises what the database raises when it cannot be reached."""
    database = open_database(settings.store.database_url)
    return Stores(
        settings=settings,
        database=database,
        artifacts=open_artifacts(settings.store.artifact_url),
        broker=open_broker(settings.store.broker_url),
        engine_version=importlib.metadata.version("rfengine"),
        keyring=Keyring(database, settings.api_key, settings.rate, settings.burst),
        disks=disks_of(settings.store),
    )


def _of(request: Request) -> Stores:
    stores: Stores = request.app.state.stores
    return stores


Opened = Annotated[Stores, Depends(_of)]
