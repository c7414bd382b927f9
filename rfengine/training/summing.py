"""A sweep's trainings summed up: rows, fits, cost, the report and its pictures."""

from collections.abc import Sequence
from pathlib import Path

from api_schemas.engine import EngineInfo
from api_schemas.report import Report, ReportWarning
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import SEED, Training
from api_schemas.sweep_result import Cost, Grown, RunResult, SweepResult, SweepRow
from rfengine import __version__
from rfengine.pictures import Album
from rfengine.run import Progress, Run
from rfengine.training.agenda import Agenda, Finished
from rfengine.training.boundary import fit_boundary
from rfengine.training.drawing import drawn
from rfengine.training.fits import fits
from rfengine.training.sources import Source
from rfengine.training.theory import radii


def report(
    agenda: Agenda, done: Finished, *, name: str, out: Path | None, progress: Progress, complete: bool = True
) -> Report:
    """The report of what has been trained; pictures go to `out` where it is given."""
    rows = []
    for number, source in enumerate(agenda.sources):
        progress("theory" if complete else "plan", number / len(agenda.sources))
        rows.append(_row(agenda, source, done, complete=complete))
    result = SweepResult(
        options=agenda.options,
        rows=tuple(rows),
        fits=fits(rows),
        cost=_cost(agenda, done.runs),
        short_cuts=_short_cuts(agenda.options.training, agenda.options.method, done.notes),
        device=done.device,
        complete=complete,
    )
    found = Report(
        engine=_engine(done.device), targets=[], sweep=result, warnings=tuple(_warnings(rows, complete=complete))
    )
    if out is None:
        return found
    # Without the extra for pictures the run says so in a warning, and has no album.
    run = Run(AnalyzeRequest(sweep=agenda.options), name, Album(out), progress, list(found.warnings))
    progress("pictures", 0.9)
    album = run.plots()
    found = found.model_copy(update={"warnings": tuple(run.warnings)})
    return found if album is None else drawn(found, album)


def _row(agenda: Agenda, source: Source, done: Finished, *, complete: bool) -> SweepRow:
    runs = tuple(run for run in done.runs if run.network == source.name)
    distances = tuple(agenda.distances(source))
    boundary = fit_boundary(agenda.outcomes(source, runs), distances)
    weights = agenda.options.weights
    reached = agenda.reach(source)
    return SweepRow(
        network=source.name,
        depth=source.depth or reached.depth,
        boundary=boundary.kind,
        boundary_px=boundary.px,
        interval_px=boundary.interval,
        width_px=boundary.width,
        failures=boundary.lapse,
        trainings=len(runs),
        distances=(distances[0], distances[-1]),
        radii=radii(reached, None if weights == "model" else weights, source.depth) if complete else None,
        runs=tuple(sorted(runs, key=_place)),
        grown=tuple(sorted((each for each in done.grown if each.network == source.name), key=_place)),
    )


def _place(run: RunResult | Grown) -> tuple[int, int]:
    return run.distance_px, run.seed


def _cost(agenda: Agenda, runs: Sequence[RunResult]) -> Cost:
    """Beside the plain grid: every distance of the range once, on the seed's canvas, all steps."""
    cells = sum(len(agenda.distances(source)) for source in agenda.sources)
    canvas = SEED["canvas"]
    assert isinstance(canvas, int)
    return Cost(
        trainings=len(runs),
        step_pixels=sum(run.step_pixels for run in runs),
        grid_trainings=cells,
        grid_step_pixels=cells * agenda.options.training.steps * canvas**2,
        seconds=round(sum(run.seconds for run in runs), 1),
    )


def _short_cuts(training: Training, method: str, notes: Sequence[str]) -> tuple[str, ...]:
    said = []
    if training.canvas == "tight":
        said.append(
            "trained on the smallest canvas around letter and mark: beyond it the image is 0, as the padding is"
        )
    if training.stop_when_solved:
        said.append(
            f"a run that was right on 99 % of its evaluation images twice in a row, {training.evaluate_every} steps "
            "apart, was stopped"
        )
    if method == "planned":
        said.append("trained only where the boundary may lie, instead of at every distance")
    return (*said, *notes)


def _warnings(rows: Sequence[SweepRow], *, complete: bool) -> list[ReportWarning]:
    found = []
    for row in rows:
        failed = [run for run in row.runs if run.status == "failed"]
        if failed:
            message = (
                f"{row.network}: {len(failed)} of {len(row.runs)} trainings failed, the first at "
                f"{failed[0].distance_px} px (seed {failed[0].seed}): {failed[0].cause}"
            )
            found.append(ReportWarning(code="trainings-failed", message=message))
        if complete and row.boundary == "above":
            message = (
                f"{row.network}: still learnt at {row.distances[1]} px, the largest distance; "
                "raise sweep.distances to find where it ends"
            )
            found.append(ReportWarning(code="boundary-above", message=message))
    return found


def _engine(device: str) -> EngineInfo:
    """The engine as the report names it."""
    import torch

    return EngineInfo(version=__version__, torch=str(torch.__version__), device=device)
