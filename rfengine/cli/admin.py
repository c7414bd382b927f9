"""`rfengine admin`: what an operator sees and does. It starts `python -m service.admin`, and imports nothing of it."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from rfengine.cli.terminal import STDERR

admin_app = typer.Typer(
    help="See and steer a service: queues, workers, jobs. For the machine that has its data folder or its URLs.",
    no_args_is_help=True,
)

Data = Annotated[
    Path | None, typer.Option(help="Folder of the service's data; default: RFENGINE_DATA, or rfengine-data.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@admin_app.command()
def queue(
    limit: Annotated[int, typer.Option(min=0, help="Jobs to list.")] = 20, json: AsJson = False, data: Data = None
) -> None:
    """Each queue in figures, and the jobs that are not done."""
    _act(["queue", "--limit", str(limit)], json, data)


@admin_app.command()
def workers(json: AsJson = False, data: Data = None) -> None:
    """All workers: alive, stopping, or lost without a word."""
    _act(["workers"], json, data)


@admin_app.command()
def requeue(job: Annotated[str, typer.Argument(help="The job's id.")], json: AsJson = False, data: Data = None) -> None:
    """Put a job back in the queue: one that failed, or one whose worker should let go of it."""
    _act(["requeue", job], json, data)


@admin_app.command()
def purge(
    older_than: Annotated[float, typer.Option(min=0.0, help="Days since they ended.")],
    status: Annotated[
        list[str] | None, typer.Option(help="Only succeeded, failed or canceled jobs; repeat for several.")
    ] = None,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Delete what old jobs were asked and made; their addresses answer 410 from then on."""
    chosen = [part for name in status or () for part in ("--status", name)]
    _act(["purge", "--older-than", str(older_than), *chosen], json, data)


@admin_app.command("cancel-all")
def cancel_all(
    queue: Annotated[str | None, typer.Option(help="Only this queue's jobs.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: AsJson = False,
    data: Data = None,
) -> None:
    """Ask for the end of every job that is not done."""
    if not yes:
        typer.confirm(f"End every job of {queue or 'every queue'} that is not done?", abort=True, err=True)
    _act(["cancel-all", *(["--queue", queue] if queue else [])], json, data)


def _act(arguments: list[str], json: bool, data: Path | None) -> None:
    environment = os.environ if data is None else {**os.environ, "RFENGINE_DATA": str(data.resolve())}
    # -P: a file named service.py in the user's folder must not be taken for ours.
    command = [sys.executable, "-P", "-m", "service.admin", *arguments, *(["--json"] if json else [])]
    code = subprocess.run(command, env=environment, check=False).returncode
    if code < 0:
        STDERR.print(f"rfengine admin: ended by signal {-code}")
    if code:
        raise typer.Exit(code if code > 0 else 3)
