"""Log lines, as text or as one JSON object each, that say which job and which request they are about.

Every process of the service writes its lines through this; it loads nothing but the standard library.
"""

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from jobstore.environment import BadSettingError, text

Form = Literal["text", "json"]

FORMS: tuple[Form, ...] = ("text", "json")

# Of a record, and a key of its own in a JSON line; set by `logging`'s `extra`.
FIELDS = "fields"


@dataclass(frozen=True)
class About:
    """What the lines of a thread or of an HTTP request are about; None where that is not known."""

    job: str | None = None
    request_id: str | None = None


_NOTHING = About()
_about: ContextVar[About] = ContextVar("about", default=_NOTHING)


def about() -> About:
    """What lines are about now."""
    return _about.get()


def now_about(job: str | None, request_id: str | None) -> None:
    """Whatever this task logs from here to its end is about a job and a request."""
    _about.set(About(job, request_id))


@contextmanager
def lines_about(job: str | None, request_id: str | None) -> Iterator[None]:
    """Whatever this thread or task logs within the block is about a job and a request."""
    token = _about.set(About(job, request_id))
    try:
        yield
    finally:
        _about.reset(token)


def form_from_environment() -> Form:
    """Read RFENGINE_LOG; raises `BadSettingError`."""
    given = text("RFENGINE_LOG", "text")
    if given not in FORMS:
        raise BadSettingError(f"RFENGINE_LOG={given!r} is no form of log; set it to text or json")
    return given


def configure(process: str, form: Form, subject: About | None = None) -> None:
    """Write all lines of this process to stderr; `subject` is what they are about where nothing else is said."""
    if subject is not None:
        now_about(subject.job, subject.request_id)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json(process) if form == "json" else _Text(process))
    handler.addFilter(_remember)
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    # It says at INFO what each call of a client says; our own line for a request says more.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _remember(record: logging.LogRecord) -> bool:
    if not hasattr(record, "about"):
        record.about = _about.get()
    return True


class _Json(logging.Formatter):
    """One object a line, newlines and all else escaped, so that no text of a client can forge a line."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """Time (UTC, RFC 3339), level, process, logger, message; job, request_id, fields and error where known."""
        subject = _subject(record)
        line: dict[str, Any] = {
            "time": _utc(record.created),
            "level": record.levelname.lower(),
            "process": self._process,
            "pid": record.process,
            "logger": record.name,
            "message": record.getMessage(),
            "job": subject.job,
            "request_id": subject.request_id,
            **_fields(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps({key: value for key, value in line.items() if value is not None}, default=str)


class _Text(logging.Formatter):
    """For a person: time, process, level, logger, message, then what is known of job and request."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """The line; a traceback follows on lines of its own."""
        subject = _subject(record)
        known = {"job": subject.job, "request": subject.request_id}
        tail = "".join(f" {key}={value}" for key, value in known.items() if value is not None)
        # A message may hold what a client sent, and a newline there would begin a line of its own.
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{_utc(record.created)} {self._process} {record.levelname} {record.name}: {message}{tail}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _subject(record: logging.LogRecord) -> About:
    found = getattr(record, "about", None)
    return found if isinstance(found, About) else _NOTHING


def _fields(record: logging.LogRecord) -> Mapping[str, Any]:
    found = getattr(record, FIELDS, None)
    return found if isinstance(found, dict) else {}


def _utc(seconds: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds % 1 * 1000):03d}Z"
