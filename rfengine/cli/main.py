"""The commands and their options. Exit codes: 0 pass, 1 findings, 2 bad input, 3 infrastructure or time-out."""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from api_schemas.catalogue import DEFAULT_ANALYSES, Analysis
from rfengine import __version__
from rfengine.errors import BadInput, MissingExtra, RfengineError, exit_code_of
from rfengine.threads import wait_quietly

if TYPE_CHECKING:
    from api_schemas.report import Report

app = typer.Typer(
    help="What can your vision network see? Receptive fields of any ONNX model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

spec_app = typer.Typer(help="Layer specs: networks as JSON or YAML.", no_args_is_help=True)
app.add_typer(spec_app, name="spec")


class _Terminal(Console):
    """A console for which a closed pipe is what it is for print()."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


# Tables and reports go to stdout, everything else to stderr, so that a pipe gets the answer alone.
_out, _err = _Terminal(), _Terminal(stderr=True)


def _listed(analyses: Iterable[Analysis]) -> str:
    # A study brings its own networks and has a command of its own.
    return ", ".join(analysis.value for analysis in analyses if analysis is not Analysis.STUDY)


def _version(wanted: bool) -> None:
    wait_quietly()
    if wanted:
        _out.print(f"rfengine {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    wait_quietly()


@app.command()
def analyze(
    model: Annotated[str, typer.Argument(help="An ONNX file, a layer spec in JSON or YAML, or zoo:NAME.")],
    analyses: Annotated[
        str | None, typer.Option(help=f"Comma list of {_listed(Analysis)}; default: {_listed(DEFAULT_ANALYSES)}.")
    ] = None,
    target: Annotated[list[str] | None, typer.Option(help="Tensor or node to look at; repeat for several.")] = None,
    input_shape: Annotated[
        list[str] | None, typer.Option(help="1,3,640,640, or name=1,3,640,640 once per input.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Tensor that fields are relative to, instead of the input.")
    ] = None,
    verify: Annotated[bool, typer.Option("--verify", help="Check every field on the real graph (slower).")] = False,
    options: Annotated[
        str | None, typer.Option(help="Further request fields: JSON text, or a JSON or YAML file.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the report here; - for stdout.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    image: Annotated[
        Path | None, typer.Option(help="Picture to draw the receptive-field grids on; not with --server.")
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(help="Pictures for gradient to run on: a .zip, an .npz, a folder or one picture."),
    ] = None,
    server: Annotated[str | None, typer.Option(help="Address of a server; default: this process.")] = None,
) -> None:
    """Receptive fields of every layer, effective fields of the targets."""
    from rfengine.cli.analyze import run_here, run_there
    from rfengine.cli.question import ask
    from rfengine.reports.verified import refuted

    with _errors_as_exit_codes():
        question = ask(
            model,
            analyses=analyses,
            targets=target or (),
            input_shape=input_shape or (),
            source=source,
            verify=verify,
            options=options,
            images=images,
        )
        if out:
            _folder(out)
        if image and server:
            raise BadInput("--image is for pictures drawn here; drop it or --server")
        report = run_there(question, out, _err, server) if server else run_here(question, out, _err, image)
        if json_out and str(json_out) != "-":
            _folder(json_out.parent)
            json_out.write_text(report.to_json() + "\n", encoding="utf-8")
        if json_out and str(json_out) == "-":
            print(report.to_json())
        else:
            _show(report, out)
    if refuted(report):
        raise typer.Exit(1)


@app.command()
def study(
    file: Annotated[
        str | None, typer.Argument(help="A study in YAML or JSON, or the name of one of ours; default: list these.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the result here; - for stdout.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the figures.")] = None,
    server: Annotated[str | None, typer.Option(help="Address of a server; default: this process.")] = None,
) -> None:
    """Networks times initialisers times seeds: a table, fits, figures."""
    from rfengine.cli.study import listing, run
    from rfengine.studies.markdown import markdown

    with _errors_as_exit_codes():
        if file is None:
            _out.print(listing())
            return
        if out:
            _folder(out)
        result = run(file, out, _err, server)
        if json_out and str(json_out) != "-":
            _folder(json_out.parent)
            json_out.write_text(result.to_json() + "\n", encoding="utf-8")
        print(result.to_json() if json_out and str(json_out) == "-" else markdown(result), end="")


@app.command()
def zoo(
    name: Annotated[str | None, typer.Argument(help="A network; default: list them all.")] = None,
) -> None:
    """The reference networks, or one of them as a layer spec."""
    from rfengine.cli.zoo import listing, spec_text

    with _errors_as_exit_codes():
        print(spec_text(name)) if name else _out.print(listing())


@spec_app.command("to-onnx")
def spec_to_onnx(
    file: Annotated[str, typer.Argument(help="A layer spec in JSON or YAML, or zoo:NAME.")],
    out: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
) -> None:
    """Compile a layer spec to an ONNX file."""
    from rfengine.cli.zoo import compiled

    with _errors_as_exit_codes():
        out.write_bytes(compiled(file))
        _err.print(f"{out}: {out.stat().st_size:,} bytes", highlight=False)


@app.command()
def oracles(
    family: Annotated[str | None, typer.Option(help="One family of figures; default: all.")] = None,
    failures_only: Annotated[bool, typer.Option("--failures-only", help="List only figures that differ.")] = False,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write everything here too; - for stdout.")] = None,
) -> None:
    """Published figures beside the engine's own; exit code 1 if any differs."""
    from rfengine.cli.oracles import render, to_json, wanted
    from rfengine.oracles import compare

    on_stdout = json_out is not None and str(json_out) == "-"
    with _errors_as_exit_codes():
        results = []
        for each in wanted(family):
            with _err.status(f"{each.name}: {each.title}"):
                results.append(compare(each))
            if not on_stdout:
                _out.print(render(results[-1], failures_only=failures_only), highlight=False)
        if json_out and not on_stdout:
            _folder(json_out.parent)
            json_out.write_text(to_json(results) + "\n", encoding="utf-8")
        if on_stdout:
            print(to_json(results))
    if any(compared.different for compared in results):
        raise typer.Exit(1)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = 8000,
    data: Annotated[Path, typer.Option(help="Folder of the ledger, the queue and the artifacts.")] = Path(
        "rfengine-data"
    ),
) -> None:
    """Run the service and a worker on this machine, nothing else needed."""
    from rfengine.cli.serve import serve as run

    with _errors_as_exit_codes():
        if any(find_spec(name) is None for name in ("celery", "fastapi", "sqlalchemy", "uvicorn")):
            raise MissingExtra.named("service", "the service")
    raise typer.Exit(run(host, port, data))


def _show(report: "Report", out: Path | None) -> None:
    """Tables and findings to stdout, warnings to stderr."""
    from rfengine.reports.advice import render_advice
    from rfengine.reports.approximations import render_approximations
    from rfengine.reports.effective import render_effective
    from rfengine.reports.table import render
    from rfengine.reports.verified import verdict

    if report.analytic:
        _out.print(render(report))
    checked = verdict(report)
    if checked is not None:
        _out.print(Text(checked))
    for part in (render_approximations(report), render_effective(report), render_advice(report)):
        if part is not None:
            _out.print(part)
    for warning in report.warnings:
        _err.print(Text(f"warning ({warning.code}) ", style="yellow") + Text(warning.message))
    if out:
        _err.print(f"{len(report.artifacts)} pictures in {out}", highlight=False)


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{path}: cannot be used as a folder: {error.strerror}") from error


@contextmanager
def _errors_as_exit_codes() -> Iterator[None]:
    from rfengine.cli.server_error import ServerError

    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has enough (`| head`). What is still buffered goes nowhere, or Python would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit from None
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
    _err.print("[bold red]error[/bold red]", end=" ")
    _err.print(message, markup=False, highlight=False)
    raise typer.Exit(code)
