"""The commands and their options. Exit codes: 0 pass, 1 findings, 2 bad input, 3 infrastructure or time-out."""

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from api_schemas.catalogue import DEFAULT_ANALYSES, Analysis
from rfengine import __version__
from rfengine.cli import checks, worker
from rfengine.cli.admin import admin_app
from rfengine.cli.keys import keys_app
from rfengine.cli.terminal import STDERR, STDOUT, errors_as_exit_codes, make_folder, show, written
from rfengine.errors import BadInput, MissingExtra
from rfengine.threads import wait_quietly

app = typer.Typer(
    help="What can your vision network see? Receptive fields of any ONNX model.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

spec_app = typer.Typer(help="Layer specs: networks as JSON or YAML.", no_args_is_help=True)
app.add_typer(spec_app, name="spec")
app.add_typer(checks.policy_app, name="policy")
app.add_typer(keys_app, name="keys")
app.add_typer(admin_app, name="admin")
app.command()(checks.check)
app.command()(checks.recommend)
app.command()(checks.objects)
app.command()(worker.worker)


def _listed(analyses: Iterable[Analysis]) -> str:
    # These have commands of their own.
    own = (Analysis.STUDY, Analysis.SWEEP, Analysis.COVERAGE, Analysis.RECOMMEND)
    return ", ".join(analysis.value for analysis in analyses if analysis not in own)


def _version(wanted: bool) -> None:
    wait_quietly()
    if wanted:
        STDOUT.print(f"rfengine {__version__}")
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

    with errors_as_exit_codes():
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
            make_folder(out)
        if image and server:
            raise BadInput("--image is for pictures drawn here; drop it or --server")
        report = run_there(question, out, STDERR, server) if server else run_here(question, out, STDERR, image)
        if not written(report.to_json(), json_out):
            show(report, out)
    if refuted(report) or (report.coverage is not None and report.coverage.verdict != "pass"):
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

    with errors_as_exit_codes():
        if file is None:
            STDOUT.print(listing())
            return
        if out:
            make_folder(out)
        result = run(file, out, STDERR, server)
        if not written(result.to_json(), json_out):
            print(markdown(result), end="")


@app.command()
def sweep(
    model: Annotated[
        str | None,
        typer.Argument(help="An ONNX file, a layer spec in JSON or YAML, or zoo:NAME; default: the seed's nets."),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(help="quick: planned, at three depths; seed: every distance, on 128 px, to the end.")
    ] = None,
    depths: Annotated[str | None, typer.Option(help="Of the seed's nets: 8,12,16, or 2-48.")] = None,
    options: Annotated[
        str | None, typer.Option(help="Further options of the sweep: JSON text, or a JSON or YAML file.")
    ] = None,
    target: Annotated[str | None, typer.Option(help="Tensor or node of MODEL that is trained to tell.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the report here; - for stdout.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    checkpoints: Annotated[
        Path | None, typer.Option(help="Folder where trainings are kept, to go on from; not with --server.")
    ] = None,
    server: Annotated[str | None, typer.Option(help="Address of a server; default: this process.")] = None,
) -> None:
    """Trainability: how far from the letter е a mark may lie that a network still learns to see."""
    from rfengine.cli.sweep import ask_sweep, run

    with errors_as_exit_codes():
        question = ask_sweep(model, preset=preset, depths=depths, options=options, target=target)
        if checkpoints and server:
            raise BadInput(
                "--checkpoints is for trainings in this process, a server keeps its own; drop it or --server"
            )
        for folder in filter(None, (out, checkpoints)):
            make_folder(folder)
        report = run(question, out, STDERR, server, checkpoints)
        if not written(report.to_json(), json_out):
            show(report, out)


@app.command()
def zoo(
    name: Annotated[str | None, typer.Argument(help="A network; default: list them all.")] = None,
) -> None:
    """The reference networks, or one of them as a layer spec."""
    from rfengine.cli.zoo import listing, spec_text

    with errors_as_exit_codes():
        print(spec_text(name)) if name else STDOUT.print(listing())


@spec_app.command("to-onnx")
def spec_to_onnx(
    file: Annotated[str, typer.Argument(help="A layer spec in JSON or YAML, or zoo:NAME.")],
    out: Annotated[Path, typer.Argument(help="The ONNX file to write.")],
) -> None:
    """Compile a layer spec to an ONNX file."""
    from rfengine.cli.zoo import compiled

    with errors_as_exit_codes():
        out.write_bytes(compiled(file))
        STDERR.print(f"{out}: {out.stat().st_size:,} bytes", highlight=False)


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
    with errors_as_exit_codes():
        results = []
        for each in wanted(family):
            with STDERR.status(f"{each.name}: {each.title}"):
                results.append(compare(each))
            if not on_stdout:
                STDOUT.print(render(results[-1], failures_only=failures_only), highlight=False)
        written(to_json(results), json_out)
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

    with errors_as_exit_codes():
        if any(find_spec(name) is None for name in ("celery", "fastapi", "sqlalchemy", "uvicorn")):
            raise MissingExtra.named("service", "the service")
    raise typer.Exit(run(host, port, data))
