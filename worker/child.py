"""What runs inside the child process: the engine, confined, and nothing of the queue or the ledger."""

import hashlib
import importlib
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from api_schemas.job import Artifact
from api_schemas.request import AnalyzeRequest
from rfengine.errors import RfengineError, problem_of
from worker import problems
from worker.confine import confine
from worker.messages import Done, Failed, Message, Progress, encode

REPORT = "report.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One analysis, as pure data."""

    job: str
    engine: str
    request: Mapping[str, Any]
    name: str
    model: Path | None
    images: Path | None
    out: Path  # where the files go
    empty: Path  # the working directory: a library that looks around finds nothing
    memory: int


def main(task: Task, pipe: Connection) -> None:
    """The child's life: give up rights, answer, end."""
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s child {task.job[:8]} %(levelname)s %(message)s")
    os.chdir(task.empty)
    confine(task.memory)
    _send(pipe, _answer(task, pipe))
    # Nothing is left to tidy up, and a library's exit handlers could undo a finished job.
    os._exit(0)


def _answer(task: Task, pipe: Connection) -> Message:
    def progress(stage: str, fraction: float) -> None:
        _send(pipe, Progress(stage=stage, fraction=fraction))

    try:
        engine = importlib.import_module(task.engine)
        request = AnalyzeRequest.model_validate(task.request)
        model = None if task.model is None else task.model.read_bytes()
        images = None if task.images is None else task.images.read_bytes()
        report = engine.analyze(model, request, name=task.name, out=task.out, progress=progress, images=images)
        return Done(
            summary=engine.summarise(report),
            artifacts=(_write_report(task.out, report.to_json()), *report.artifacts),
        )
    except RfengineError as error:
        return Failed(problem=problem_of(error))
    except MemoryError:
        log.exception("out of memory")
        return Failed(problem=problems.out_of_memory(task.memory))
    except Exception as error:
        log.exception("the engine raised what it should not")
        # torch has no exception of its own for this on a CPU.
        if "can't allocate memory" in str(error):
            return Failed(problem=problems.out_of_memory(task.memory))
        return Failed(problem=problems.internal())


def _write_report(out: Path, text: str) -> Artifact:
    content = text.encode()
    (out / REPORT).write_bytes(content)
    return Artifact(
        name=REPORT,
        media_type="application/json",
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        title="Report",
    )


def _send(pipe: Connection, message: Message) -> None:
    data = encode(message)
    while data:
        data = data[os.write(pipe.fileno(), data) :]
