"""What runs inside the child process: the engine, confined, and nothing of the queue or the ledger."""

import hashlib
import importlib
import logging
import os
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from api_schemas.fan_out import Spread
from api_schemas.formats import FORMATS, ReportFormat
from api_schemas.job import Artifact
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from jobstore import logs
from rfengine.errors import RfengineError, problem_of
from worker import problems
from worker.confine import confine, limit_gpu_memory
from worker.messages import Answer, Done, Failed, Message, PartDone, Progress, SoFar, Spreading, encode
from worker.room import is_full
from worker.task import Analysis, PartWork, Planning, Task

log = logging.getLogger(__name__)

PARTIAL = "report.partial.json"


def main(task: Task, pipe: Connection) -> None:
    """The child's life: give up rights, answer, end."""
    logs.configure("child", logs.form_from_environment(), logs.About(task.job, task.request_id))
    os.chdir(task.empty)
    _send(pipe, _confined_answer(task, pipe))
    # Nothing is left to tidy up, and a library's exit handlers could undo a finished job.
    os._exit(0)


def _confined_answer(task: Task, pipe: Connection) -> Answer:
    try:
        confine(task.memory)
        if task.gpu_memory:
            limit_gpu_memory(task.gpu_memory)
    except Exception:
        # A stranger's model is not touched by a process that still has all its rights.
        log.exception("the child could not be confined")
        return Failed(problem=problems.internal())
    return _answer(task, pipe)


def _answer(task: Task, pipe: Connection) -> Answer:
    def progress(stage: str, fraction: float) -> None:
        _send(pipe, Progress(stage=stage, fraction=fraction))

    def so_far(report: Report) -> None:
        _send(pipe, SoFar(report=_partial(task.out, report)))

    try:
        return _ask(importlib.import_module(task.engine), task, progress, so_far)
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
        if is_full(error):
            return Failed(problem=problems.no_room(), again=True)
        return Failed(problem=problems.internal())


def _ask(engine: Any, task: Task, progress: Callable[[str, float], None], so_far: Callable[[Report], None]) -> Answer:
    request = AnalyzeRequest.model_validate(task.request)
    model = None if task.model is None else task.model.read_bytes()
    images = None if task.images is None else task.images.read_bytes()
    name, out = task.name, task.out
    match task.errand:
        case Analysis():
            report = engine.analyze(
                model,
                request,
                name=name,
                out=out,
                progress=progress,
                so_far=so_far,
                images=images,
                objects=task.objects,
            )
        case Planning(finished, width):
            report = engine.plan(model, request, finished, name=name, out=out, progress=progress, width=width)
            if isinstance(report, Spread):
                return _spreading(out, report)
        case PartWork(body, checkpoint):
            result = engine.run_part(model, request, body, name=name, progress=progress, checkpoint=checkpoint)
            return PartDone(result=result)
    return Done(
        summary=engine.summarise(report),
        artifacts=(*_write_reports(engine, report, task), *report.artifacts),
    )


def _spreading(out: Path, spread: Spread) -> Spreading:
    if spread.partial is None:
        return Spreading(spread=spread)
    return Spreading(spread=spread.model_copy(update={"partial": None}), partial=_partial(out, spread.partial))


def _partial(out: Path, report: Report) -> Artifact:
    # Its pictures are drawn again for the final report; those of now go with this folder.
    content = report.model_copy(update={"artifacts": ()}).to_json().encode()
    # The supervisor may be reading the one before: it gets that one whole, and nobody gets half of this one.
    written = out / f"{PARTIAL}.part"
    written.write_bytes(content)
    written.replace(out / PARTIAL)
    return _announced(PARTIAL, FORMATS["json"], content)


def _write_reports(engine: Any, report: Report, task: Task) -> Iterator[Artifact]:
    """The report in every form; one that cannot be made is a fault of ours, and no reason to lose the others."""

    def address(picture: str) -> str:
        # From the root: the page is served as the report, and as a file of the job.
        return f"/jobs/{task.job}/artifacts/{picture}"

    for form in FORMATS.values():
        try:
            content = engine.render(form.name, report, name=task.name, pictures=address).encode()
        except Exception:
            if form.name == "json":
                raise
            log.exception("the report could not be written as %s", form.name)
        else:
            yield _written(task.out, form, content)


def _written(out: Path, form: ReportFormat, content: bytes) -> Artifact:
    (out / form.file).write_bytes(content)
    return _announced(form.file, form, content)


def _announced(name: str, form: ReportFormat, content: bytes) -> Artifact:
    return Artifact(
        name=name,
        media_type=form.media_type,
        bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        title="Report",
    )


def _send(pipe: Connection, message: Message) -> None:
    data = encode(message)
    while data:
        data = data[os.write(pipe.fileno(), data) :]
