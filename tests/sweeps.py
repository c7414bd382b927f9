"""Sweeps as they come out, made by hand: trainings that fall from 1 to 0.5 around a boundary, a few of which fail."""

import math
import random
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from api_schemas.engine import EngineInfo
from api_schemas.report import Report
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import (
    Cost,
    FieldSizes,
    Grown,
    GrownMaps,
    Radii,
    RunResult,
    SweepFit,
    SweepResult,
    SweepRow,
)

SIDE = 48
# As a planner finds its way: both ends, half-way, then closer and closer with more seeds.
STEPS = ((-5, 1), (-2, 1), (-1, 2), (0, 3), (1, 3), (2, 2), (3, 1), (6, 1), (14, 1))


def run(distance: int, seed: int, accuracy: float | None, **changes: Any) -> RunResult:
    """One training; solved half-way where it is right."""
    solved = accuracy is not None and accuracy >= 0.99
    status = "failed" if accuracy is None else "solved" if solved else "ended"
    steps = 1000 + 250 * ((distance + seed) % 7) if solved else 900 if accuracy is None else 3000
    looks = [(step, _look(step, steps, accuracy, 100 * distance + seed)) for step in range(250, steps + 1, 250)]
    values: dict[str, Any] = {
        "network": "nopool-res-8x16",
        "distance_px": distance,
        "seed": seed,
        "key": f"{distance}-{seed}",
        "accuracy": accuracy,
        "steps": steps,
        "status": status,
        "cause": "the loss is not finite at step 900" if accuracy is None else None,
        "loss": None if accuracy is None else 0.001,
        "canvas": [SIDE, SIDE],
        "seconds": 2.5,
        "accuracies": looks,
    }
    return RunResult.model_validate(values | changes)


def _look(step: int, steps: int, accuracy: float | None, seed: int) -> float:
    """On its way from guessing to what it ends with."""
    rise = 1 / (1 + math.exp(-12 * (step / steps - random.Random(seed).uniform(0.35, 0.7))))
    jitter = random.Random(step * 31 + seed).uniform(-0.04, 0.04)
    goal = accuracy if accuracy is not None else 0.5
    return goal if step == steps and accuracy is not None else min(1.0, 0.5 + (goal - 0.5) * rise + jitter * (1 - rise))


def accuracy_at(distance: int, boundary: float, draw: random.Random) -> float:
    """Most trainings are all right or all wrong; near the boundary either."""
    learns = draw.random() < 1 / (1 + math.exp((distance - boundary) / 0.45)) and draw.random() > 0.03
    return 1.0 - draw.choice([0, 0, 0, 1]) / 256 if learns else 0.5 + draw.randint(-13, 13) / 256


def row(depth: int, near: float | None = None, *, seed: int = 0, **changes: Any) -> SweepRow:
    """A network of so many convolutions, planned around its boundary, by default 3 sqrt(N)."""
    wanted = 3 * math.sqrt(depth) if near is None else near
    draw, network = random.Random(1000 * depth + seed), changes.get("network", f"nopool-res-{depth}x16")
    cells = [(max(7, round(wanted) + offset), trainings) for offset, trainings in STEPS]
    runs = [
        run(distance, number, accuracy_at(distance, wanted, draw), network=network)
        for distance, trainings in dict(cells).items()
        for number in range(trainings)
    ]
    values: dict[str, Any] = {
        "network": network,
        "depth": depth,
        "boundary": "found",
        "boundary_px": wanted,
        "interval_px": (wanted - 0.6, wanted + 0.8),
        "width_px": 0.4,
        "failures": 0.03,
        "trainings": len(runs),
        "distances": (7, max(45, round(wanted) + 20)),
        "radii": Radii(
            trf=depth + 0.5,
            three_sqrt_depth=3 * math.sqrt(depth),
            constant_forward=math.floor(3 * math.sqrt(depth)) - 0.0,
            closed_form=round(2.7 * math.sqrt(depth), 1),
            clt=round(3 * math.sqrt(depth) - 0.1, 1),
        ),
        "runs": tuple(runs),
        "grown": (grown(round(wanted) - 2, network), grown(round(wanted), network, maps=False)),
    }
    return SweepRow.model_validate(values | changes)


def grown(distance: int, network: str = "nopool-res-8x16", *, maps: bool = True) -> Grown:
    """A field that training has drawn towards the mark."""
    side, centre = 41, 20
    y, x = np.mgrid[:side, :side] - centre
    inside = (abs(y) <= 8) & (abs(x) <= 8)
    before = np.where(inside, np.exp(-(y**2 + x**2) / (2 * 2.3**2)), 0.0)
    after = np.where(inside, before + 0.02 * np.exp(-((y + 6) ** 2 + x**2) / 8), 0.0)
    kept = GrownMaps(
        target="out",
        unit=[centre, centre],
        centre_px=[centre + 0.5, centre + 0.5],
        field=[[12, 28], [12, 28]],
        before=before.tolist(),
        after=(after / after.max()).tolist(),
    )
    return Grown(
        network=network,
        distance_px=distance,
        seed=0,
        accuracy=1.0,
        before=FieldSizes(luo_size=9.4, radius_px=7, energy_side_95=11),
        after=FieldSizes(luo_size=11.8, radius_px=8, energy_side_95=13),
        maps=kept if maps else None,
    )


def result(rows: Iterable[SweepRow], *, fits: Sequence[SweepFit] = (), **options: Any) -> SweepResult:
    """A sweep of these networks."""
    listed = tuple(rows)
    trainings = sum(one.trainings for one in listed)
    cost = Cost(
        trainings=trainings,
        step_pixels=sum(each.step_pixels for one in listed for each in one.runs),
        grid_trainings=42 * len(listed),
        grid_step_pixels=42 * len(listed) * 3000 * 128 * 128,
        seconds=252.0,
    )
    return SweepResult(
        options=SweepOptions(**options),
        rows=listed,
        fits=tuple(fits),
        cost=cost,
        short_cuts=("canvas of 48 x 48 px instead of 128 x 128", "17 of 31 trainings stopped when solved"),
    )


FITS = (
    SweepFit(kind="sqrt", slope=2.98, intercept=0.0, slope_error=0.06, r2=0.994, points=3),
    SweepFit(kind="linear", slope=0.44, intercept=5.02, slope_error=0.05, r2=0.981, points=3),
)
QUICK = result(map(row, (8, 12, 16)), fits=FITS)


def grid(depths: Iterable[int], distances: Iterable[int], seeds: int = 1) -> SweepResult:
    """Every distance at every depth, as the seed did it: on 128 px, to the end."""
    range_, found = tuple(distances), []
    for depth in depths:
        boundary, draw = 3 * math.sqrt(depth), random.Random(depth)
        runs = [
            run(distance, seed, accuracy_at(distance, boundary, draw), network=f"nopool-res-{depth}x16",
                canvas=[128, 128], status="ended", steps=3000)
            for distance in range_
            for seed in range(seeds)
        ]  # fmt: skip
        kind = "below" if boundary < range_[0] else "above" if boundary > range_[-1] else "found"
        found.append(
            row(depth, boundary, runs=runs, trainings=len(runs), distances=(range_[0], range_[-1]), grown=(),
                boundary=kind, boundary_px=boundary if kind == "found" else None,
                interval_px=(boundary - 0.5, boundary + 0.7) if kind == "found" else None)
        )  # fmt: skip
    return result(found, fits=FITS, preset="seed")


def report(shown: SweepResult) -> Report:
    """The report that holds it."""
    return Report(engine=EngineInfo(version="0.1.0"), targets=[], sweep=shown)


OPEN_ROW = row(
    24, boundary="open", boundary_px=None, interval_px=None, width_px=None, failures=None, radii=None, grown=()
)
