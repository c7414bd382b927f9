"""The commands about coverage: `check`, `recommend`, `objects`, `policy`. Exit codes as in `main`."""

from pathlib import Path
from typing import Annotated

import typer

from rfengine.cli.terminal import STDERR, STDOUT, errors_as_exit_codes, show, written

policy_app = typer.Typer(help="Policies of `rfengine check`.", no_args_is_help=True)

Model = Annotated[str, typer.Argument(help="An ONNX file, a layer spec in JSON or YAML, or zoo:NAME.")]
PolicyFile = Annotated[str, typer.Option("--policy", help="The policy, in YAML or JSON.")]
InputShape = Annotated[list[str] | None, typer.Option(help="1,3,640,640, or name=1,3,640,640 once per input.")]
Options = Annotated[str | None, typer.Option(help="Further request fields: JSON text, or a JSON or YAML file.")]
Server = Annotated[str | None, typer.Option(help="Address of a server; default: this process.")]


def check(
    model: Model,
    policy: PolicyFile,
    baseline: Annotated[
        Path | None, typer.Option(help="Report of an earlier check (--json); what got worse since fails.")
    ] = None,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML here.")] = None,
    sarif: Annotated[Path | None, typer.Option(help="Write SARIF here.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="Write Markdown here.")] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page here; in the folder of --out it has pictures.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the report here; - for stdout.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the pictures.")] = None,
    image: Annotated[Path | None, typer.Option(help="Picture to draw uncovered objects on; not with --server.")] = None,
    images: Annotated[
        Path | None, typer.Option(help="Folder of the annotated images, to draw uncovered objects on their own.")
    ] = None,
    input_shape: InputShape = None,
    name: Annotated[str | None, typer.Option(help="What to call the model; default: its file's name.")] = None,
    options: Options = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Check anew what was checked before; a server keeps its own.")
    ] = False,
    server: Server = None,
) -> None:
    """Are the objects a detector must find inside what its heads see? Exit code 1 if not."""
    from rfengine.cli.check import Check, Files, run

    with errors_as_exit_codes():
        words = Check(
            model=model,
            policy=policy,
            input_shape=input_shape or (),
            options=options,
            name=name,
            baseline=baseline,
            server=server,
            out=out,
            image=image,
            images=images,
            use_cache=not no_cache,
        )
        report = run(words, Files(json_out, junit, sarif, markdown, html), STDERR)
        failed = report.coverage is None or report.coverage.verdict != "pass"
        if not written(report.to_json(), json_out):
            show(report, out)
    if failed:
        raise typer.Exit(1)


def recommend(
    model: Model,
    policy: PolicyFile,
    kinds: Annotated[
        str | None, typer.Option(help="Comma list of changes to try: resolution, dilation, ...; default: all.")
    ] = None,
    at_most: Annotated[int | None, typer.Option(help="How many recommendations to give.")] = None,
    trials: Annotated[int | None, typer.Option(help="How many changed networks to analyse at most.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", help="Write the report here; - for stdout.")] = None,
    input_shape: InputShape = None,
    name: Annotated[str | None, typer.Option(help="What to call the model; default: its file's name.")] = None,
    options: Options = None,
    server: Server = None,
) -> None:
    """Changes to a detector that would meet its policy, each one tried out. Exit code 1 if none does."""
    from rfengine.cli.check import Check
    from rfengine.cli.recommend import Wanted, helps, run

    with errors_as_exit_codes():
        words = Check(
            model=model, policy=policy, input_shape=input_shape or (), options=options, name=name, server=server
        )
        report = run(words, Wanted(kinds=kinds, at_most=at_most, trials=trials), STDERR)
        if not written(report.to_json(), json_out):
            show(report, None)
    if not helps(report):
        raise typer.Exit(1)


def objects(
    source: Annotated[Path, typer.Argument(help="COCO .json, YOLO labels or VOC .xml (folder or .zip), or .csv.")],
    kind: Annotated[str | None, typer.Option(help="coco, yolo, voc or csv; default: by its content.")] = None,
    csv: Annotated[Path | None, typer.Option(help="Write every object here, as a CSV that policies take.")] = None,
    histogram: Annotated[
        Path | None, typer.Option(help="Write sizes with their counts here, a small CSV for CI.")
    ] = None,
    images: Annotated[Path | None, typer.Option(help="Folder of the images of YOLO labels.")] = None,
    image_size: Annotated[
        str | None, typer.Option(help="640x480 (width x height), where annotations do not say.")
    ] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only this category; repeat for several.")] = None,
    smallest_px: Annotated[float, typer.Option(help="Leave objects with a shorter side aside.", min=0)] = 0,
) -> None:
    """What annotations hold, and a small file in their place."""
    from rfengine.cli.objects_table import run

    with errors_as_exit_codes():
        run(
            source,
            kind=kind,
            csv=csv,
            histogram=histogram,
            images=images,
            image_size=image_size,
            categories=category or (),
            smallest_px=smallest_px,
        )


@policy_app.command("schema")
def policy_schema(
    out: Annotated[Path | None, typer.Argument(help="File to write; default: stdout.")] = None,
) -> None:
    """The JSON Schema of policies, for editors."""
    import json

    from api_schemas.policy import json_schema

    with errors_as_exit_codes():
        text = json.dumps(json_schema(), indent=2, ensure_ascii=False)
        if not written(text, out or Path("-")):
            STDERR.print(f"{out}: written", highlight=False)


@policy_app.command("check")
def policy_check(files: Annotated[list[str], typer.Argument(help="Policies, in YAML or JSON.")]) -> None:
    """Whether policies are some, and what they read; needs no model."""
    from rfengine.cli.policy import load_policy

    with errors_as_exit_codes():
        for file in files:
            found = load_policy(file)
            STDOUT.print(f"{file}: a policy; its objects come from {found.objects or 'itself'}", highlight=False)
