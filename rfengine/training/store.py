"""A folder of finished parts, each under its content address, and of the states of unfinished ones. No torch."""

import json
import logging
import os
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

FINISHED, STATE = ".run.json", ".ckpt"


@dataclass(frozen=True, slots=True)
class Store:
    """Where a sweep keeps what it has trained; it is made when something is kept."""

    folder: Path

    def state(self, key: str) -> Path:
        """The path beside which the states of a part lie."""
        return self.folder / key

    def kept(self, key: str) -> str | None:
        """The result of a finished part as JSON text; None where there is none."""
        path = self.folder / f"{key}{FINISHED}"
        return path.read_text(encoding="utf-8") if path.is_file() else None

    def keep(self, key: str, text: str) -> None:
        """Write a result, and drop the states it came from; a folder that takes no writes is said and does no harm."""
        path = self.folder / f"{key}{FINISHED}"
        fresh = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(path)
        except OSError as error:
            log.warning("%s could not be kept: %s", path, error.strerror)
            fresh.unlink(missing_ok=True)
            return
        for state in self.folder.glob(f"{key}.*{STATE}"):
            state.unlink(missing_ok=True)

    def counts(self) -> tuple[int, int]:
        """Finished runs, and launches that have begun."""
        finished = sum(len(json.loads(path.read_bytes())["runs"]) for path in self.folder.glob(f"*{FINISHED}"))
        return finished, len(list(self.folder.glob(f"*{STATE}")))
