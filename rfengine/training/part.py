"""One part of a sweep: a launch of runs of one network, from its JSON body to its JSON result."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import Grown, GrownMaps, RunResult, RunSpec, SweepPartResult
from rfengine.errors import NotEstimable
from rfengine.estimators.erf import ErfMap
from rfengine.run import Progress
from rfengine.training.address import address
from rfengine.training.cells import Cell
from rfengine.training.growth import growth, sizes_of
from rfengine.training.launch import Trained, launch
from rfengine.training.sources import Source
from rfengine.training.theory import reach


def run_launch(
    source: Source, options: SweepOptions, cells: Sequence[Cell], *, progress: Progress, saved: Path | None
) -> SweepPartResult:
    """Train some runs of one network and measure their fields.

    Args:
        source: the network.
        options: of the sweep.
        cells: what to train.
        progress: told the run that was looked at, and the share of all steps done.
        saved: where checkpoints go; the caller removes them when it has the result.

    Raises:
        BadInput: the network does not take the canvas, has nothing to train, or the device is not there.
    """
    steps = dict.fromkeys(cells, 0)

    def tell(cell: Cell, step: int, accuracy: float | None) -> None:
        steps[cell] = step
        said = "" if accuracy is None else f", accuracy {accuracy:.2f}"
        progress(
            f"{source.name}: {cell.distance} px, step {step}{said}",
            sum(steps.values()) / (len(steps) * options.training.steps),
        )

    launched = launch(source.network, options, cells, tell=tell, saved=saved)
    grown = []
    for trained in launched.runs if options.erf else ():
        progress(f"{source.name}: {trained.record.cell.distance} px, effective field", 1.0)
        grown.append(_grown(source, options, trained))
    return SweepPartResult(
        runs=tuple(_result(source, options, trained) for trained in launched.runs),
        grown=tuple(each for each in grown if each is not None),
        notes=launched.notes,
        device=launched.device,
    )


def spec_of(source: Source, cell: Cell) -> RunSpec:
    """A run as pure data."""
    return RunSpec(network=source.name, distance_px=cell.distance, seed=cell.seed)


def _result(source: Source, options: SweepOptions, trained: Trained) -> RunResult:
    record = trained.record
    status = "failed" if record.cause else "solved" if record.solved else "ended"
    return RunResult(
        **spec_of(source, record.cell).model_dump(),
        key=address(source.identity, options, record.cell),
        accuracy=record.accuracy,
        steps=record.steps,
        status=status,
        cause=record.cause,
        loss=record.loss,
        canvas=list(trained.scene.shape),
        seconds=round(trained.seconds, 2),
        accuracies=record.looks,
    )


def _grown(source: Source, options: SweepOptions, trained: Trained) -> Grown | None:
    """The field before and after; None of a run that failed, or whose net has died."""
    record = trained.record
    if record.cause or record.final is None:
        return None
    try:
        found = growth(source.network, options, record.cell, record.final, reach(source.network).radius)
    except NotEstimable:
        return None
    return Grown(
        network=source.name,
        distance_px=record.cell.distance,
        seed=record.cell.seed,
        accuracy=record.accuracy,
        before=sizes_of(found.before),
        after=sizes_of(found.after),
        maps=_maps(found.before, found.after),
    )


def _maps(before: ErfMap, after: ErfMap) -> GrownMaps:
    unit = before.unit
    return GrownMaps(
        target=unit.target,
        unit=list(unit.index),
        centre_px=list(unit.centre),
        field=[list(interval) for interval in unit.hull],
        before=_rows(before),
        after=_rows(after),
    )


def _rows(erf: ErfMap) -> list[list[float]]:
    """The map as shares of its maximum, four digits."""
    shares = erf.values / erf.values.max()
    return [[float(f"{value:.4g}") for value in row] for row in np.asarray(shares)]
