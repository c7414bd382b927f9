"""One mutant through import, fields, targets and their report, with a clock and a cap on memory: what came of it."""

import resource
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rfengine.describe import analytic_report
from rfengine.errors import KINDS, OperatorFailed, RfengineError
from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.targets import find_targets

SECONDS = 5.0
MEMORY = 1 << 30

# A refusal is read by a person: longer than this it is none.
LONGEST_MESSAGE = 20_000

SUCCESS, CRASH, HANG, MEMORY_OUT, DIED, BABBLE = "success", "crash", "hang", "out of memory", "process died", "babble"

# Verdicts as one byte each; 0 is a mutant that was not run.
VERDICTS = ("", SUCCESS, *(kind.__name__ for kind in KINDS), CRASH, HANG, MEMORY_OUT, DIED, BABBLE)
FAULTS = frozenset({CRASH, HANG, MEMORY_OUT, DIED, BABBLE})


@dataclass(frozen=True)
class Finding:
    """What came of one mutant. `place` tells findings of one cause from others, `detail` is for a person."""

    verdict: str
    place: str = ""
    detail: str = ""


class _TimeUp(BaseException):
    """Not an Exception, so that nothing under test catches it."""


def judge(data: bytes) -> Finding:
    """The verdict on one file."""
    try:
        with _limited():
            fields = receptive_fields(import_onnx(data).graph)
            find_targets(fields)
            analytic_report(fields, {})
    except RfengineError as error:
        if len(str(error)) > LONGEST_MESSAGE:
            return Finding(BABBLE, type(error).__name__, str(error)[:300])
        place = _place(error.__cause__) if isinstance(error, OperatorFailed) and error.__cause__ else ""
        return Finding(type(error).__name__, place, str(error))
    except _TimeUp as error:
        return Finding(HANG, _place(error), traceback.format_exc())
    except MemoryError as error:
        return Finding(MEMORY_OUT, _place(error), traceback.format_exc())
    except BaseException as error:
        return Finding(CRASH, f"{type(error).__name__} {_place(error)}", traceback.format_exc())
    return Finding(SUCCESS)


@contextmanager
def _limited() -> Iterator[None]:
    """Five seconds and a gibibyte more than the process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    before = signal.signal(signal.SIGALRM, _time_up)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _time_up(number: int, frame: FrameType | None) -> None:
    raise _TimeUp(f"not done after {SECONDS} s")


def _place(error: BaseException) -> str:
    """Type of an error and the last line of ours that it went through."""
    own = [f for f in traceback.extract_tb(error.__traceback__) if "/rfengine/" in f.filename]
    last = own[-1] if own else None
    where = f"{last.filename.rpartition('/rfengine/')[2]}:{last.lineno}" if last else "outside"
    return f"{type(error).__name__} at {where}"
