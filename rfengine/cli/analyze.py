"""`rfengine analyze`: one model, one report, here or on a server."""

import tempfile
from contextlib import nullcontext
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from api_schemas.job import Job, JobStatus
from api_schemas.problem import Problem
from api_schemas.report import Report
from rfengine.cli.client import Client, ServerError
from rfengine.cli.question import Question


def run_here(question: Question, out: Path | None, console: Console, image: Path | None = None) -> Report:
    """Analyse in this process; pictures go to `out` where it is given, grids are drawn on `image`."""
    from rfengine.analysis import analyze

    picture = None
    if image is not None:
        from rfengine.plots import read_picture

        picture = read_picture(image)
    folder = nullcontext(str(out)) if out else tempfile.TemporaryDirectory()
    with folder as place, _bar(console) as bar:
        task = bar.add_task("import", total=1.0)
        return analyze(
            question.model,
            question.request,
            name=Path(question.name).stem,
            out=Path(place),
            progress=lambda stage, share: bar.update(task, description=stage, completed=share),
            picture=picture,
        )


def run_there(question: Question, out: Path | None, console: Console, server: str) -> Report:
    """Analyse on a server; pictures are fetched to `out` where it is given.

    Raises:
        ServerError: the server is away, or it or the job answered with a problem.
    """
    with Client(server) as client:
        with _bar(console) as bar:
            task = bar.add_task("upload", total=1.0)

            def show(job: Job) -> None:
                ahead = f" ({job.queue_position} ahead)" if job.queue_position else ""
                bar.update(task, description=(job.stage or job.status.value) + ahead, completed=job.progress)

            job = client.wait(client.submit(question.model, question.request, name=question.name), show)
        if job.status is not JobStatus.SUCCEEDED:
            raise ServerError(job.error or _canceled(job))
        if out:
            client.download(job, out)
        return client.report(job)


def _canceled(job: Job) -> Problem:
    return Problem(
        type="urn:rfengine:canceled", title="Canceled", status=500, detail=f"job {job.id} ended as {job.status.value}"
    )


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<17}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
