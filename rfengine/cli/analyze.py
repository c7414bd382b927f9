"""`rfengine analyze`: one model, one report, here or on a server."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

from api_schemas.job import Job, JobStatus
from api_schemas.problem import Problem
from api_schemas.report import Report
from rfengine.cli.question import Question
from rfengine.cli.server_error import ServerError
from rfengine.errors import BadInput

if TYPE_CHECKING:
    from rfengine.graph import Array

STAGE_WIDTH = 17
# What a short bar, its share and the time take beside it; the stage is cut to the rest.
BESIDE_STAGE, LEAST_STAGE = 26, 10


def run_here(
    question: Question,
    out: Path | None,
    console: Console,
    image: Path | None = None,
    *,
    pictures: "Mapping[str, Array] | None" = None,
) -> Report:
    """Analyse in this process; pictures go to `out`, without which none is drawn.

    `image` is what grids and boxes are drawn on; boxes of images in `pictures`, on these.
    """
    from rfengine.analysis import analyze
    from rfengine.spec_import import lines_of

    images, picture = _loaded(question)
    if image is not None:
        from rfengine.plots import read_picture

        picture = read_picture(image)
    with progress_bar(console) as bar, lines_of(question.text):
        task = bar.add_task("import", total=1.0)
        return analyze(
            question.model,
            question.request,
            name=Path(question.name).stem,
            out=out,
            progress=lambda stage, share: bar.update(task, description=stage, completed=share),
            images=images,
            picture=picture,
            objects=question.objects,
            pictures=pictures,
        )


def run_there(
    question: Question,
    out: Path | None,
    console: Console,
    server: str,
    *,
    stage_width: int = STAGE_WIDTH,
    seen: Callable[[Job], None] = lambda _job: None,
) -> Report:
    """Analyse on a server; pictures are fetched to `out` where it is given. `seen` gets every answer about the job.

    Raises:
        ServerError: the server is away, or it or the job answered with a problem.
    """
    from rfengine.cli.client import Client

    if not server.startswith(("http://", "https://")):
        raise BadInput(f"--server {server}: no address; write http://{server}")
    with Client(server) as client:
        with progress_bar(console, stage_width) as bar:
            task = bar.add_task("upload", total=1.0)

            def show(job: Job) -> None:
                seen(job)
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


def progress_bar(console: Console, stage_width: int = STAGE_WIDTH) -> Progress:
    """What is being done now, in so many characters at least, its share and how long it took."""
    room = max(console.width - BESIDE_STAGE, LEAST_STAGE)
    cell = Column(min_width=min(stage_width, room), max_width=room, no_wrap=True, overflow="ellipsis")
    columns = (BarColumn(bar_width=30), TaskProgressColumn(), TimeElapsedColumn())
    return Progress(TextColumn("{task.description}", markup=False, table_column=cell), *columns, console=console)
