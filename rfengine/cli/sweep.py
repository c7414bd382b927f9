"""`rfengine sweep`: at which distance a network stops learning, found here or on a server."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, get_args

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from api_schemas.catalogue import Analysis
from api_schemas.faults import faults
from api_schemas.job import Job
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from api_schemas.spec_fields import nearest
from api_schemas.sweep import SweepOptions
from rfengine.cli.analyze import progress_bar, run_there
from rfengine.cli.question import Question, network, read_options
from rfengine.errors import BadInput
from rfengine.training.store import Store

PRESETS: tuple[str, ...] = tuple(name for name in get_args(get_args(SweepOptions.model_fields["preset"].annotation)[0]))
# What a training is called while it runs: `nopool-res-16x16: 12 px, seed 0, step 1250: 0.98`.
STAGE_WIDTH = 46
INTERRUPTED = 130
MOST_LISTED = 1000


def ask_sweep(
    model: str | None, *, preset: str | None, depths: str | None, options: str | None, target: str | None
) -> Question:
    """The question that the command line's words mean; options on the line win over those of the file.

    Raises:
        BadInput: a word that does not fit; the message names its flag.
    """
    fields: dict[str, Any] = {}
    data, name, text = None, "sweep", None
    if model is not None:
        if depths is not None:
            raise BadInput(f"--depths {depths}: it is of the seed's nets, {model} has its own; drop one of them")
        try:
            data, name, text = network(model, fields)
        except BadInput as error:
            raise BadInput(f"{error}, or leave MODEL out for the seed's nets") from error
    elif target is not None:
        raise BadInput(f"--target {target}: the seed's nets have one output; give a MODEL, or drop --target")
    asked = _options(preset, depths, options)
    try:
        request = AnalyzeRequest(
            analyses=(Analysis.SWEEP,), sweep=asked, **({"targets": (target,)} if target else {}), **fields
        )
    except ValidationError as error:
        found = faults(error, fields, whole="request", model=AnalyzeRequest)
        raise BadInput("; ".join(f"{fault.location}: {fault.message}" for fault in found)) from error
    return Question(data, request, name, text=text)


def run(question: Question, out: Path | None, console: Console, server: str | None, checkpoints: Path | None) -> Report:
    """Run the sweep; finished trainings are kept in `checkpoints`, pictures go to `out`.

    Raises:
        BadInput: what the sweep cannot do.
        MissingExtra: torch is not installed.
        ServerError: the server is away, or it or the job answered with a problem.
        typer.Exit: Ctrl-C, after a line that says what was kept.
    """
    return _there(question, out, console, server) if server else _here(question, out, console, checkpoints)


def _here(question: Question, out: Path | None, console: Console, checkpoints: Path | None) -> Report:
    from rfengine.spec_import import lines_of
    from rfengine.training import require_torch

    require_torch()
    from rfengine.training.local import run_sweep

    try:
        with progress_bar(console, STAGE_WIDTH) as bar, lines_of(question.text):
            task = bar.add_task("start", total=1.0)
            return run_sweep(
                question.model,
                question.request,
                name=Path(question.name).stem,
                out=out,
                progress=lambda stage, share: bar.update(task, description=stage, completed=share),
                store=checkpoints,
            )
    except KeyboardInterrupt:
        if checkpoints is None:
            _stop(console, "nothing was kept; with --checkpoints DIR finished trainings are, and the sweep can go on")
        _stop(console, f"{_kept(checkpoints)} kept in {checkpoints}; the same command goes on from there")


def _kept(folder: Path) -> str:
    """What lies in a folder of checkpoints, as the beginning of a sentence."""
    finished, begun = Store(folder).counts()
    words = "1 finished training" if finished == 1 else f"{finished} finished trainings"
    others = f" and the state of {begun} begun" if begun else ""
    return f"{words}{others} {'is' if finished == 1 and not begun else 'are'}"


def _there(question: Question, out: Path | None, console: Console, server: str) -> Report:
    known: list[Job] = []
    try:
        return run_there(question, out, console, server, stage_width=STAGE_WIDTH, seen=known.append)
    except KeyboardInterrupt:
        if not known:
            _stop(console, "the server has no job of this yet; the same command asks again")
        job, address = known[-1], server.rstrip("/")
        cancel = job.links.cancel or f"{job.links.self}/cancel"
        _stop(
            console,
            f"the job goes on at {address}{job.links.self}, and its report will be at {address}{job.links.report}; "
            f"to stop it: curl -X POST {address}{cancel}",
        )


def _stop(console: Console, message: str) -> NoReturn:
    console.print(Text("stopped ", style="yellow") + Text(message), soft_wrap=True)
    raise typer.Exit(INTERRUPTED)


def _options(preset: str | None, depths: str | None, options: str | None) -> SweepOptions:
    fields = read_options(options)
    if preset is not None:
        if preset not in PRESETS:
            raise BadInput(f"--preset {preset}: no such preset; {nearest(preset, PRESETS)}")
        fields["preset"] = preset
    if depths is not None:
        fields["depths"] = _depths(depths)
    try:
        return SweepOptions.model_validate(fields)
    except ValidationError as error:
        found = faults(error, fields, whole="", model=SweepOptions)
        raise BadInput("; ".join(_said(fault.location, fault.message, depths) for fault in found)) from error


def _said(location: str, message: str, depths: str | None) -> str:
    """A fault with the flag that it came by."""
    if depths is not None and location.split(".")[0] == "depths":
        return f"--depths {depths}: {message}"
    return f"--options: {location}: {message}" if location else f"--options: {message}"


def _depths(words: str) -> Sequence[int]:
    """`8,12,16`, or `2-48` for all of a range."""
    found: list[int] = []
    for word in words.split(","):
        first, dash, last = word.strip().partition("-")
        ends = (first, last) if dash else (first, first)
        if not all(end.isdecimal() for end in ends) or int(ends[0]) > int(ends[1]):
            raise BadInput(f"--depths {words}: expected whole numbers such as 8,12,16, or a range such as 2-48")
        # What is far too deep is refused with the rest; there is no need to count to it.
        found += range(int(ends[0]), min(int(ends[1]), int(ends[0]) + MOST_LISTED) + 1)
    return list(dict.fromkeys(found))
