"""`rfengine keys`: API keys of a service, made where its ledger is.

The ledger is not this package's: the commands start `python -m service.keys`, as `rfengine serve` starts the service.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from rfengine.cli.terminal import errors_as_exit_codes
from rfengine.errors import MissingExtra

keys_app = typer.Typer(help="API keys of a service.", no_args_is_help=True)

_DATA = typer.Option(help="Folder of the ledger, as `serve` has it; default: RFENGINE_DATA, or rfengine-data.")
_JSON = typer.Option("--json", help="As JSON.")


@keys_app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, for people.")],
    team: Annotated[str | None, typer.Option(help="Keys of one team see each other's jobs.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="read, analyze (reads too) or admin (everything); default: analyze.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(help="Jobs that are not done, at once.")] = None,
    bytes: Annotated[int | None, typer.Option(help="Bytes uploaded a day.")] = None,
    as_json: Annotated[bool, _JSON] = False,
    data: Annotated[Path | None, _DATA] = None,
) -> None:
    """Make a key and show it, this once."""
    options = {"--team": team, "--jobs": jobs, "--bytes": bytes}
    given = [f"{option}={value}" for option, value in options.items() if value is not None]
    given += [f"--scope={each}" for each in scope or ()]
    _run(["create", *given, *_json(as_json), "--", name], data)


@keys_app.command("list")
def list_keys(as_json: Annotated[bool, _JSON] = False, data: Annotated[Path | None, _DATA] = None) -> None:
    """Every key that was made, without its secret."""
    _run(["list", *_json(as_json)], data)


@keys_app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="As `rfengine keys list` shows it.")],
    data: Annotated[Path | None, _DATA] = None,
) -> None:
    """End a key for good."""
    _run(["revoke", "--", id], data)


def _run(arguments: Sequence[str], data: Path | None) -> None:
    with errors_as_exit_codes():
        if find_spec("sqlalchemy") is None:
            raise MissingExtra.named("service", "keys")
    folder = {} if data is None else {"RFENGINE_DATA": str(data.resolve())}
    # -P: a folder named service must not be taken for ours.
    command = [sys.executable, "-P", "-m", "service.keys", *arguments]
    raise typer.Exit(subprocess.run(command, env={**os.environ, **folder}, check=False).returncode)


def _json(wanted: bool) -> tuple[str, ...]:
    return ("--json",) if wanted else ()
