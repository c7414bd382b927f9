"""Finished checks by the key of their question: an unchanged model is answered without looking at it again.

Files lie in the folder of RFENGINE_CACHE, else in rfengine/ below XDG_CACHE_HOME (~/.cache). A cache that cannot be
read or written is done without.
"""

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from api_schemas.job import cache_key
from api_schemas.report import Report
from rfengine import __version__
from rfengine.cli.question import Question

VARIABLE = "RFENGINE_CACHE"
# Where the answers of this machine come from; a server's have the class of its device.
DEVICE = "local"
# So many are kept, those that were not asked for longest go first.
KEPT = 256


def key_of(question: Question, objects_sha256: str | None) -> str:
    """The key of a question to this engine."""
    name = question.request.name or Path(question.name).stem
    return cache_key(
        question.request.model_copy(update={"name": name}).model_dump(mode="json", by_alias=True),
        model_sha256=None if question.model is None else sha256(question.model).hexdigest(),
        images_sha256=None if question.images is None else sha256(question.images).hexdigest(),
        objects_sha256=objects_sha256,
        engine_version=__version__,
        device=DEVICE,
    )


def folder() -> Path:
    """Where finished checks lie."""
    if given := os.environ.get(VARIABLE):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rfengine"


def known(key: str) -> Report | None:
    """The report of an earlier check; None where there is none that can be read."""
    path = _path(key)
    with suppress(OSError, ValueError):
        report = Report.model_validate_json(path.read_bytes())
        path.touch()
        return report
    return None


def keep(key: str, report: Report) -> None:
    """Keep a report; whole or not at all, however many checks run at once."""
    path = _path(key)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, suffix=".part", delete=False) as file:
            file.write(report.to_json())
        Path(file.name).replace(path)
        _forget_the_oldest(path.parent)


def _path(key: str) -> Path:
    return folder() / "checks" / f"{key}.json"


def _forget_the_oldest(checks: Path) -> None:
    by_age = sorted(checks.glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in by_age[KEPT:]:
        path.unlink(missing_ok=True)
