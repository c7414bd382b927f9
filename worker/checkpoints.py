"""Where a part of a job keeps what it has so far, so that whoever takes it up after a kill goes on from there."""

import os
import stat
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from jobstore.environment import BadSettingError

LONGEST_UNUSED = 7 * 24 * 3600.0  # seconds


@dataclass(frozen=True)
class Checkpoints:
    """One file per part, named by what the part computes; equal parts of two jobs share it."""

    folder: Path

    def path(self, key: str) -> Path:
        """Where the part with this key keeps its state. What lies beside it under `<key>.*` belongs to it as well."""
        return self.folder / key

    def keys(self) -> tuple[str, ...]:
        """The parts that have something here."""
        return tuple({path.name.partition(".")[0] for path in self.folder.iterdir()})

    def drop(self, key: str) -> None:
        """Forget a part's state; one without is forgotten already."""
        for path in self.folder.glob(f"{key}*"):
            with suppress(OSError):
                path.unlink()

    def sweep(self, now: float | None = None) -> None:
        """Remove what nobody has written to for a week."""
        oldest = (time.time() if now is None else now) - LONGEST_UNUSED
        for path in self.folder.iterdir():
            with suppress(OSError):
                if path.stat(follow_symlinks=False).st_mtime < oldest:
                    path.unlink()


def default_folder() -> Path:
    """Under the system's folder for temporary files, one for each user."""
    return Path(tempfile.gettempdir()) / f"rfengine-checkpoints-{os.getuid()}"


def open_checkpoints(folder: Path) -> Checkpoints:
    """The folder, made where it is missing; raises `BadSettingError` where it is not this user's own."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise BadSettingError(f"RFENGINE_CHECKPOINTS={str(folder)!r}: {error.strerror}; set it to a folder") from None
    # In a folder for everyone, somebody else could have made it first, to read or to forge what is kept there.
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or not os.access(folder, os.W_OK):
        raise BadSettingError(
            f"RFENGINE_CHECKPOINTS={str(folder)!r} is not a folder of this user's own; set it to one that is"
        )
    return Checkpoints(folder.resolve())
