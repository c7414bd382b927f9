"""`rfengine study`: a study run here or on a server."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from api_schemas.catalogue import Analysis
from api_schemas.request import AnalyzeRequest
from api_schemas.study_result import StudyResult
from rfengine.cli.analyze import run_here, run_there
from rfengine.cli.question import Question
from rfengine.folders import anywhere
from rfengine.reports.plain import plain_table
from rfengine.studies import load_study, shipped


def listing() -> Table:
    """Every study that comes with the engine."""
    table = plain_table()
    table.add_column("name", no_wrap=True)
    table.add_column("study")
    for name in shipped():
        table.add_row(name, load_study(name)[1].title)
    return table


def run(file: str, out: Path | None, console: Console, server: str | None) -> StudyResult:
    """Run a study file, or one by name; its figures go to `out` where it is given.

    Raises:
        BadInput: there is no such study, or it is none.
        ServerError: the server is away, or it or the job answered with a problem.
    """
    name, study = load_study(file)
    question = Question(None, AnalyzeRequest(analyses=(Analysis.STUDY,), study=study, name=name), name)
    if server:
        report = run_there(question, out, console, server)
    else:
        with anywhere():  # who runs the command may have their own folders read
            report = run_here(question, out, console)
    assert report.study is not None, "it was asked for nothing else"
    return report.study
