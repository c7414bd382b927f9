"""What tables, pictures and pages say alike of a trainability sweep."""

from collections.abc import Sequence
from typing import NamedTuple

from api_schemas.datasets import AnyDataset, EDot
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import Cost, RunResult, SweepFit, SweepRow
from rfengine.reports.text import number, shorten
from rfengine.training.cells import SOLVED

NAME_WIDTH = 34
# At this accuracy a training counts as learnt: where it stops early.
# The estimators of a reach, by their field in `Radii`.
ESTIMATORS = {
    "constant_forward": "constant forward",
    "closed_form": "closed form",
    "clt": "CLT",
    "three_sqrt_depth": "3 √N",
}
LAWS = {"sqrt": "√N", "linear": "N"}


class Estimate(NamedTuple):
    """A reach as estimated beside the boundary as learnt."""

    estimator: str
    radius: float  # px
    deviation: float | None  # of the boundary's px; None where no boundary was found
    inside: bool  # the boundary's interval


def is_solved(run: RunResult) -> bool:
    """Whether a training ended with (nearly) every answer right."""
    return run.status == "solved" or (run.accuracy is not None and run.accuracy >= SOLVED)


def boundary_words(row: SweepRow) -> str:
    """The boundary in px, or where it lies instead."""
    if row.boundary == "found" and row.boundary_px is not None:
        return f"{row.boundary_px:.1f}"
    return {"below": f"below {row.distances[0]}", "above": f"above {row.distances[1]}"}.get(row.boundary, "open")


def interval_words(row: SweepRow) -> str:
    """The boundary's interval, px; empty where there is none."""
    return "" if row.interval_px is None else f"{row.interval_px[0]:.1f}–{row.interval_px[1]:.1f}"


def failures_words(row: SweepRow) -> str:
    """The share of trainings within reach that fail; empty where it is no more than a guess."""
    return f"{row.failures:.0%}" if row.failures is not None and row.boundary in ("found", "above") else ""


def fit_words(fit: SweepFit) -> str:
    """`1.20 + 2.93 ± 0.05 · √N, R² 0.982`."""
    error = "" if fit.slope_error is None else f" ± {fit.slope_error:.2g}"
    start = f"{fit.intercept:.2f} + " if fit.intercept else ""
    r2 = "" if fit.r2 is None else f", R² {fit.r2:.3f}"
    return f"{start}{fit.slope:.3g}{error} · {LAWS[fit.kind]}{r2}".replace("-", "−")


def estimates(row: SweepRow) -> tuple[Estimate, ...]:
    """What every estimator that has an answer says of a row's reach."""
    found = []
    for field, name in ESTIMATORS.items():
        radius = None if row.radii is None else getattr(row.radii, field)
        if radius is None:
            continue
        known = row.boundary_px if row.boundary == "found" else None
        inside = row.interval_px is not None and row.interval_px[0] <= radius <= row.interval_px[1]
        found.append(Estimate(name, radius, radius / known - 1 if known else None, inside))
    return tuple(found)


def off(estimate: Estimate) -> str:
    """How far an estimate is from the boundary, of that: `−6%`; empty where there is no boundary."""
    if estimate.deviation is None:
        return ""
    percent = round(100 * estimate.deviation)
    return f"{'−' if percent < 0 else '+' if percent > 0 else ''}{abs(percent)}%"


def cost_words(cost: Cost) -> str:
    """`31 trainings, 0.9 % of the plain grid's step-pixels (×113 less)`."""
    counted = "1 training" if cost.trainings == 1 else f"{cost.trainings} trainings"
    if not cost.grid_step_pixels or not cost.step_pixels:
        return counted
    share = cost.step_pixels / cost.grid_step_pixels
    less = f" (×{number(float(f'{1 / share:.3g}'))} less)" if share < 1 / 1.05 else ""
    return f"{counted}, {number(float(f'{100 * share:.2g}'))} % of the plain grid's step-pixels{less}"


def networks_words(rows: Sequence[SweepRow]) -> str:
    """The networks by name: the first and the last of several."""
    names = [shorten(row.network, NAME_WIDTH) for row in rows]
    return " … ".join(dict.fromkeys([*names[:1], *names[-1:]]))


def dataset_words(dataset: AnyDataset) -> str:
    """What is to be told apart."""
    if not isinstance(dataset, EDot):
        return "е from ё, diaeresis above"
    sector = "at any angle" if dataset.range_degrees == 360 else f"within {number(dataset.range_degrees)}°"
    return f"е from ё, one dot {sector}"


def weights_words(options: SweepOptions) -> str:
    """What the runs start from."""
    if options.weights == "model":
        return "the model's weights"
    own = options.weights.model_dump(exclude_defaults=True, exclude={"name", "seed"})
    more = "".join(
        f", {key.replace('_', ' ')} {number(value) if isinstance(value, float) else value}"
        for key, value in own.items()
    )
    return f"{options.weights.name} weights{more}"


def protocol_words(options: SweepOptions) -> str:
    """How one training went."""
    training = options.training
    canvas = "tight canvas" if training.canvas == "tight" else f"canvas {training.canvas} px"
    until = " or until solved" if training.stop_when_solved else ""
    return (
        f"{weights_words(options)} · {training.steps} steps of Adam {number(training.learning_rate)}{until} · "
        f"batch {training.batch} · {canvas}"
    )


def lasted(seconds: float) -> str:
    """A duration: `4 min 12 s`."""
    whole = round(seconds)
    if whole < 60:
        return f"{number(round(seconds, 1))} s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
