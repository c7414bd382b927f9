"""`rfengine check`: a model against a policy, here or on a server, with a report in every form that CI reads."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from api_schemas.catalogue import Analysis
from api_schemas.faults import faults
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from rfengine.cli import cache
from rfengine.cli.policy import PolicyFile, load_policy
from rfengine.cli.question import Question, network, read_options, read_shapes
from rfengine.cli.server_error import ServerError
from rfengine.cli.terminal import make_folder, write_text
from rfengine.errors import BadInput, RfengineError, problem_of
from rfengine.folders import anywhere


@dataclass(frozen=True)
class Files:
    """Where the report goes besides the terminal; None: nowhere."""

    json: Path | None = None
    junit: Path | None = None
    sarif: Path | None = None
    markdown: Path | None = None
    html: Path | None = None


@dataclass(frozen=True)
class Check:
    """One call of the command: the words that it came with."""

    model: str
    policy: str
    input_shape: Sequence[str] = ()
    options: str | None = None
    name: str | None = None
    baseline: Path | None = None
    server: str | None = None
    out: Path | None = None
    image: Path | None = None
    images: Path | None = None
    use_cache: bool = True


def run(check: Check, files: Files, console: Console) -> Report:
    """Make the check and write its files; where it cannot be made, those of JUnit and SARIF say so.

    Raises:
        BadInput: the model, the policy, the objects or the baseline are not as they should be.
        RfengineError: any other of its kinds.
        ServerError: the server is away, or it or the job answered with a problem.
    """
    try:
        policy = load_policy(check.policy)
        report = _compared(check, _report(check, policy, console))
    except Exception as error:
        _write_error(check, files, error)
        raise
    _write(check, files, policy, report)
    return report


def _report(check: Check, policy: PolicyFile, console: Console) -> Report:
    if (check.image or check.images) and (check.server or not check.out):
        other = "drop them or --server" if check.server else "say with --out where these go"
        raise BadInput(f"--image and --images are for pictures drawn here; {other}")
    question = ask(check, policy)
    if check.out:
        make_folder(check.out)
    if check.server:
        from rfengine.cli.analyze import run_there

        return run_there(question, check.out, console, check.server)
    key = _key(check, question)
    report = None if key is None or check.out else cache.known(key)
    if report is None:
        report = here(check, question, console)
        # A report that lists pictures is of the folder that they lie in.
        if key is not None and not check.out:
            cache.keep(key, report)
    return report


def ask(check: Check, policy: PolicyFile, analyses: Sequence[Analysis] = (Analysis.COVERAGE,)) -> Question:
    """The question that the command's words mean.

    Raises:
        BadInput: a file that cannot be read or a word that does not fit; the message names it.
    """
    fields: dict[str, Any] = {"analyses": list(analyses), **read_options(check.options), "coverage": policy.policy}
    if check.input_shape:
        fields["input_shape"] = read_shapes(check.input_shape)
    data, name, text = network(check.model, fields)
    if check.name is not None:
        fields["name"] = check.name
    try:
        request = AnalyzeRequest.model_validate(fields)
    except ValidationError as error:
        found = faults(error, fields, whole="request", model=AnalyzeRequest)
        raise BadInput("; ".join(f"{fault.location}: {fault.message}" for fault in found)) from error
    return Question(data, request, name, text=text, objects=policy.objects)


def _key(check: Check, question: Question) -> str | None:
    """The key of the question; None where it is not to be kept."""
    policy = question.request.coverage
    if not check.use_cache or policy is None:
        return None
    if question.objects is None:
        return cache.key_of(question, None)
    from rfengine.coverage.objects import digest

    images = None if policy.objects.images is None else Path(policy.objects.images)
    return cache.key_of(question, digest(question.objects, images=images))


def here(check: Check, question: Question, console: Console) -> Report:
    """The report of a question about coverage, made in this process."""
    from rfengine.cli.analyze import run_here
    from rfengine.cli.pictures import FolderOfPictures

    pictures = None if check.images is None else FolderOfPictures(check.images)
    with anywhere():  # who runs the command may have their own folders read
        return run_here(question, check.out, console, check.image, pictures=pictures)


def _compared(check: Check, report: Report) -> Report:
    if check.baseline is None:
        return report
    from rfengine.coverage.baseline import compared

    return compared(report, read_report(check.baseline), name=str(check.baseline))


def read_report(path: Path) -> Report:
    """A report that was written before.

    Raises:
        BadInput: there is no such file, or it is no report.
    """
    try:
        return Report.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadInput(f"--baseline {path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        said = f"{place}: {first['msg']}" if place else first["msg"]
        raise BadInput(
            f"--baseline {path}: no report of rfengine ({said}); give what `rfengine check --json` wrote"
        ) from error


def _write(check: Check, files: Files, policy: PolicyFile, report: Report) -> None:
    if files.junit is not None:
        from rfengine.reports.junit import junit

        write_text(files.junit, junit(report, name=_title(check)))
    if files.sarif is not None:
        from rfengine.reports.sarif import sarif

        write_text(files.sarif, sarif(report, model=check.model, policy=check.policy, lines=policy.lines))
    if files.markdown is not None:
        from rfengine.reports.markdown import markdown

        write_text(files.markdown, markdown(report))
    if files.html is not None:
        from rfengine.reports.html import beside, html

        near = check.out is not None and files.html.resolve().parent == check.out.resolve()
        write_text(files.html, html(report, pictures=beside if near else None))


def _write_error(check: Check, files: Files, error: Exception) -> None:
    """Say in every file that there was no check: what lies there from an earlier one must not be taken for this."""
    from rfengine.reports.blocks import Headline, Paragraph
    from rfengine.reports.html import html_of
    from rfengine.reports.junit import junit_error
    from rfengine.reports.markdown import markdown_of
    from rfengine.reports.sarif import sarif_error

    kind = problem_of(error).title if isinstance(error, RfengineError) else "The server could not check"
    kind = kind if isinstance(error, RfengineError | ServerError) else f"Internal error: {type(error).__name__}"
    if files.json is not None and files.json.is_file():
        files.json.unlink()
    title, said = _title(check), str(error)
    blocks = (Headline(False, "the check could not be made"), Paragraph(kind), Paragraph(said))
    texts = (
        (files.junit, junit_error(title, said, kind)),
        (files.sarif, sarif_error(said, kind, model=check.model, policy=check.policy)),
        (files.markdown, markdown_of(blocks)),
        (files.html, html_of(blocks, heading=title)),
    )
    for path, text in texts:
        if path is not None:
            # A file that cannot be written is not the news then.
            with suppress(BadInput):
                write_text(path, text)


def _title(check: Check) -> str:
    return f"rfengine check {check.model} --policy {check.policy}"
