"""`rfengine worker`: takes this process's place with a worker of one queue, which the three URLs connect."""

import os
import sys
from importlib.util import find_spec
from typing import Annotated, Literal

import typer

from rfengine.cli.terminal import errors_as_exit_codes
from rfengine.errors import MissingExtra


def worker(
    queue: Annotated[
        Literal["cpu", "gpu"], typer.Option(help="Which jobs to take; gpu: one at a time, on one GPU.")
    ] = "cpu",
) -> None:
    """Run jobs for a service, on this machine or another: RFENGINE_{BROKER,DATABASE,ARTIFACT}_URL say where it is."""
    with errors_as_exit_codes():
        if any(find_spec(name) is None for name in ("celery", "sqlalchemy")):
            raise MissingExtra.named("service", "a worker")
    sys.stdout.flush()
    sys.stderr.flush()
    # Signals and the exit code are then the worker's own.
    words = command(queue)
    os.execv(words[0], words)


def command(queue: str) -> list[str]:
    """The worker's own command; it is what `rfengine serve` starts, too."""
    # -P: a file named worker.py in the user's folder must not be taken for ours.
    return [sys.executable, "-P", "-m", "worker", "--queue", queue]
