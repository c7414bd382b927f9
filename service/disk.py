"""The disks that the stores lie on, where they lie on disks of this machine."""

import logging
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import make_url

from jobstore.settings import StoreSettings
from service.problems import refusal

log = logging.getLogger(__name__)


class NoRoomError(Exception):
    """A disk is nearly full; the message says which, and what to do."""


@dataclass(frozen=True)
class Disk:
    """The place of one store: `database`, `artifacts` or `broker`."""

    name: str
    folder: Path

    def free(self) -> int | None:
        """Bytes that may still be written; None where the place cannot be looked at."""
        place = self.folder
        while not place.exists() and place != place.parent:
            place = place.parent  # made when it is first needed
        try:
            return shutil.disk_usage(place).free
        except OSError:
            return None


def disks_of(store: StoreSettings) -> tuple[Disk, ...]:
    """Those of the three URLs that name a file or a folder."""
    found = []
    database = make_url(store.database_url)
    if database.get_backend_name() == "sqlite" and database.database:
        found.append(Disk("database", Path(database.database).parent))
    if store.artifact_url.startswith(("file:", "/")):
        found.append(Disk("artifacts", Path(store.artifact_url.removeprefix("file://"))))
    if store.broker_url.startswith("sqlite:"):
        found.append(Disk("broker", Path(unquote(urlsplit(store.broker_url).path[1:])).parent))
    return tuple(found)


def check_room(disks: Iterable[Disk], least: int) -> None:
    """Raise `NoRoomError` where a disk has fewer free bytes."""
    for disk in disks:
        free = disk.free()
        if free is not None and free < least:
            raise NoRoomError(
                f"The disk of the {disk.name} has {free >> 20} MiB left, less than the {least >> 20} MiB of "
                "RFENGINE_MIN_FREE; free some, e.g. with `rfengine admin purge`"
            )


def refuse_without_room(disks: Iterable[Disk], least: int) -> None:
    """Raise `ProblemError` where a disk is nearly full: what runs needs the rest to end well."""
    try:
        check_room(disks, least)
    except NoRoomError as error:
        log.warning("a job was refused: %s", error)
        detail = "The service has no room for another job at the moment; nothing was kept. Try again later"
        raise refusal("storage-unavailable", detail, headers={"Retry-After": "60"}) from error
