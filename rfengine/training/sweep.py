"""A sweep as a function of what has been trained: `plan` answers the parts to train next, or the report; `run_part`
trains one of them. Whoever calls keeps what was trained: the service in its ledger, `local` in a folder.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from api_schemas.fan_out import PartOutcome, Spread
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep_result import SweepPart
from rfengine.reports.summary import summarise
from rfengine.run import Progress
from rfengine.training.agenda import Agenda, Finished
from rfengine.training.cells import Cell
from rfengine.training.part import run_launch
from rfengine.training.summing import report


def plan(
    model: bytes | None,
    request: AnalyzeRequest,
    finished: Sequence[PartOutcome],
    *,
    name: str,
    out: Path | None,
    progress: Progress,
    width: int,
) -> Report | Spread:
    """What to train next, or the report.

    Args:
        model: the bytes of an ONNX file; None where the request says the networks.
        request: with a `sweep`.
        finished: how the parts ended that were asked for before.
        name: what to call the model.
        out: a folder for the pictures of the report.
        progress: told the stage and the share of this call's work.
        width: parts that may be asked for at once, of all networks together.

    Raises:
        BadInput: a network cannot be built or trained; the message says what to change.
    """
    progress("plan", 0.0)
    agenda = Agenda(model, request, name=name, parts=width)
    done = Finished()
    for outcome in finished:
        done = done.and_(agenda.finished(outcome))
    parts = [part for source in agenda.sources for part in agenda.parts(source, agenda.next_cells(source, done.runs))]
    if not parts:
        return report(agenda, done, name=request.name or name, out=out, progress=progress)
    if not finished:
        agenda.refuse_untrainable()
    partial = report(agenda, done, name=request.name or name, out=None, progress=progress, complete=False)
    parts.sort(key=lambda part: -part.weight)
    return Spread(
        parts=tuple(parts), progress=min(agenda.share(done.runs), 0.99), summary=summarise(partial), partial=partial
    )


def run_part(
    model: bytes | None,
    request: AnalyzeRequest,
    body: Mapping[str, Any],
    *,
    name: str,
    progress: Progress,
    checkpoint: Path | None,
) -> dict[str, Any]:
    """Train one part.

    Args:
        model: as for `plan`.
        request: as for `plan`.
        body: of the part.
        name: as for `plan`.
        progress: told the run that was looked at and the share of the part's steps.
        checkpoint: a path beside which the state is kept while it trains, and from which it goes on.

    Raises:
        BadInput: the network cannot be trained on that canvas, or the device is not there.
    """
    part = SweepPart.model_validate(body)
    agenda = Agenda(model, request, name=name, parts=1)
    cells = [Cell(run.distance_px, run.seed) for run in part.runs]
    result = run_launch(agenda.source(part.network), agenda.options, cells, progress=progress, saved=checkpoint)
    return result.model_dump(mode="json")
