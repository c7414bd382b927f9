"""`rfengine analyze`: one model, one report, here or on a server."""

from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from api_schemas.job import Job, JobStatus
from api_schemas.problem import Problem
from api_schemas.report import Report
from rfengine.cli.question import Question
from rfengine.cli.server_error import ServerError

if TYPE_CHECKING:
    from rfengine.graph import Array


def run_here(question: Question, out: Path | None, console: Console, image: Path | None = None) -> Report:
    """Analyse in this process; pictures go to `out`, with grids on `image`; without `out` none is drawn."""
    from rfengine.analysis import analyze
    from rfengine.spec_import import lines_of

    images, picture = _loaded(question)
    if image is not None:
        from rfengine.plots import read_picture

        picture = read_picture(image)
    with _bar(console) as bar, lines_of(question.text):
        task = bar.add_task("import", total=1.0)
        return analyze(
            question.model,
            question.request,
            name=Path(question.name).stem,
            out=out,
            progress=lambda stage, share: bar.update(task, description=stage, completed=share),
            images=images,
            picture=picture,
        )


def run_there(question: Question, out: Path | None, console: Console, server: str) -> Report:
    """Analyse on a server; pictures are fetched to `out` where it is given.

    Raises:
        ServerError: the server is away, or it or the job answered with a problem.
    """
    from rfengine.cli.client import Client

    with Client(server) as client:
        with _bar(console) as bar:
            task = bar.add_task("upload", total=1.0)

            def show(job: Job) -> None:
                ahead = f" ({job.queue_position} ahead)" if job.queue_position else ""
                bar.update(task, description=(job.stage or job.status.value) + ahead, completed=job.progress)

            job = client.wait(client.submit(question), show)
        if job.status is not JobStatus.SUCCEEDED:
            raise ServerError(job.error or _canceled(job))
        if out:
            client.download(job, out)
        return client.report(job)


def _loaded(question: Question) -> "tuple[Array, Array] | tuple[None, None]":
    """The images that come with a question, and the first of them as a picture."""
    if question.images is None:
        return None, None
    from rfengine.estimators.images import load_images
    from rfengine.plots.backdrop import first_picture

    images = load_images(question.images)
    return images, first_picture(images)


def _canceled(job: Job) -> Problem:
    return Problem(
        type="urn:rfengine:canceled", title="Canceled", status=500, detail=f"job {job.id} ended as {job.status.value}"
    )


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<17}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)
