"""Room on the disk that jobs are worked on; a full one is the machine's fault and no job's."""

import errno
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

LEAST = 32 << 20  # bytes; with less, a model and its report would not both fit
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Room:
    """The disk of a worker's folder."""

    folder: Path
    least: int = LEAST

    def there(self) -> bool:
        """Whether a job may be begun here; where not, it stays in the queue, for another worker or until there is."""
        free = shutil.disk_usage(self.folder).free
        if free < self.least:
            log.warning(
                "no job is taken: the disk of %s has %d MiB left, less than %d MiB; free some, or set TMPDIR to a "
                "folder on another disk",
                self.folder,
                free >> 20,
                self.least >> 20,
            )
        return free >= self.least


def is_full(error: BaseException) -> bool:
    """Whether an error is that of a full disk, or was raised because of one."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    cause = error.__cause__ or error.__context__
    return cause is not None and is_full(cause)
