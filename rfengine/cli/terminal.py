"""What all commands share: where they write, and what an error looks like and is worth.

Exit codes: 0 pass, 1 findings, 2 bad input, 3 infrastructure or time-out.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.text import Text

from rfengine.errors import BadInput, RfengineError, exit_code_of

if TYPE_CHECKING:
    from api_schemas.report import Report


class Terminal(Console):
    """A console for which a closed pipe is what it is for print()."""

    def on_broken_pipe(self) -> None:
        """Raise what print() would."""
        raise BrokenPipeError


# Tables and reports go to stdout, everything else to stderr, so that a pipe gets the answer alone.
# A stranger's `:car:` is no emoji.
STDOUT, STDERR = Terminal(emoji=False), Terminal(stderr=True, emoji=False)


def written(text: str, json_out: Path | None) -> bool:
    """Write JSON where --json says; true where that is stdout, on which nothing else belongs then."""
    if json_out is None:
        return False
    if str(json_out) == "-":
        print(text)
        return True
    write_text(json_out, text)
    return False


def write_text(path: Path, text: str) -> None:
    """Write a text file that ends with a line's end, its folder made where there is none.

    Raises:
        BadInput: it cannot be written.
    """
    make_folder(path.parent)
    try:
        path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror}") from error


def show(report: "Report", folder: Path | None) -> None:
    """Tables and findings to stdout, warnings to stderr."""
    from rfengine.reports.advice import render_advice
    from rfengine.reports.approximations import render_approximations
    from rfengine.reports.coverage import render_coverage
    from rfengine.reports.effective import render_effective
    from rfengine.reports.recommend import render_recommend
    from rfengine.reports.sweep import render_sweep
    from rfengine.reports.table import render
    from rfengine.reports.verified import verdict

    covered = render_coverage(report)
    if covered is not None:
        STDOUT.print(covered)
    if report.analytic:
        STDOUT.print(render(report))
    checked = verdict(report)
    if checked is not None:
        STDOUT.print(Text(checked))
    parts = (
        render_approximations(report),
        render_effective(report),
        render_advice(report),
        render_sweep(report),
        render_recommend(report),
    )
    for part in parts:
        if part is not None:
            STDOUT.print(part)
    for code, message in dict.fromkeys((warning.code, warning.message) for warning in report.warnings):
        STDERR.print(Text(f"warning ({code}) ", style="yellow") + Text(message))
    if folder:
        pictures = sum(each.media_type.startswith("image/") for each in report.artifacts)
        data = len(report.artifacts) - pictures
        beside = f" and {data} files of data" if data else ""
        STDERR.print(f"{pictures} pictures{beside} in {folder}", highlight=False)


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    Raises:
        BadInput: there is something else.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path}: cannot be used as a folder: {error.strerror}") from error


@contextmanager
def errors_as_exit_codes() -> Iterator[None]:
    """Turn what is raised inside into a line on stderr and an exit code."""
    from rfengine.cli.server_error import ServerError

    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has enough (`| head`). What is still buffered goes nowhere, or Python would complain at its end.
        # The command goes on to its end: what it found is its exit code, whoever listens.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except RfengineError as error:
        _fail(str(error), exit_code_of(error))
    except ServerError as error:
        _fail(str(error), 2 if error.callers_fault else 3)
    except (typer.Exit, typer.Abort, KeyboardInterrupt):
        raise
    except Exception as error:
        # 1 means findings: a fault of ours must not look like one. The traceback is there for whoever asks.
        if os.environ.get("RFENGINE_DEBUG"):
            raise
        _fail(f"internal error: {type(error).__name__}: {error}; set RFENGINE_DEBUG=1 to see where, and report it", 3)


def _fail(message: str, code: int) -> None:
    STDERR.print("[bold red]error[/bold red]", end=" ")
    STDERR.print(message, markup=False, highlight=False)
    raise typer.Exit(code)
