"""The studies of trainability: the seed's published grids read again, and our own sweeps of the same questions.

    python -m benchmarks.trainability published            boundaries of the published rows, read in three ways
    python -m benchmarks.trainability run STORE [NAME ...] our sweeps; finished runs are kept in the folder STORE
    python -m benchmarks.trainability page                 the tables of docs/studies/trainability.md from the data

Data goes to docs/studies/data/trainability*.json, figures to docs/images/studies.
"""

import json
import sys
from collections.abc import Callable, Sequence
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np

from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import SweepResult
from rfengine import plots
from rfengine.reports.sweep_markdown import markdown
from rfengine.threads import wait_quietly
from rfengine.training.boundary import fit_boundary
from rfengine.training.cells import Outcome

ROOT = Path(__file__).parent.parent
DATA = ROOT / "docs" / "studies" / "data"
IMAGES = ROOT / "docs" / "images" / "studies"
GRIDS = ROOT / "tests" / "data" / "edataset_grids.json"

# The seed's reading of fcn_resnet50 is by eye; its estimate is the constant network's radius (seed 000, section 8).
RESNET50_BY_EYE, RESNET50_ESTIMATED = 60, 59
LEAST_DEPTH = 7  # shallower nets have no boundary: below 7 px letter and mark touch
WORST_ERROR = 10.0  # px; where no training lies on the slope, its width and its error are anything
SHOWN = (7, 8, 12, 16, 20, 24, 28, 36, 48)

# A dot all around takes four times the pixels of a diaeresis above: a small grid, the same cells per initialiser.
DOT: dict[str, Any] = {"depths": (10,), "dataset": "e_dot", "distances": (7, 10), "method": "grid", "seeds": 1}

SWEEPS: dict[str, dict[str, Any]] = {
    "xavier": {"depths": (8, 12, 16, 20)},
    "shifted": {"depths": (8, 12, 16), "weights": "shifted"},
    "decomposed": {"depths": (8, 12), "weights": "decomposed"},
    "dot-xavier": {**DOT},
    "dot-circular": {**DOT, "weights": "circular"},
    "dot-circular-v2": {**DOT, "weights": "circular_v2"},
    "narrow": {"depths": (12,), "maps": 8},
    "wide": {"depths": (12,), "maps": 32},
    "plain": {"depths": (8, 12), "family": "plain"},
}
# A step of fcn_resnet50 takes a second on two cores, 3000 of them the better part of an hour: one training, cut short.
FCN = {"distances": (8, 8), "trainings": 1, "seeds": 1, "training": {"steps": 200, "evaluate_every": 50}, "erf": False}


def main() -> None:
    """Run the part that the first argument names."""
    wait_quietly()
    parts: dict[str, Callable[[], None]] = {
        "published": published,
        "run": lambda: run(Path(sys.argv[2]), sys.argv[3:] or [*SWEEPS, "fcn_resnet50"]),
        "page": page,
    }
    parts[sys.argv[1]]()


def published() -> None:
    """Every published row with at least the least distances: our fit, least squares, and what the seed says."""
    found: dict[str, Any] = {"source": "measured accuracies published beside seed 000", "rows": []}
    grids = json.loads(GRIDS.read_text())
    for series, grid in grids["series"].items():
        for depth, accuracies in grid["rows"].items():
            if int(depth) >= LEAST_DEPTH:
                row = list(zip(grid["distances"], accuracies, strict=True))
                about = {"series": series, "depth": int(depth), "three_sqrt": 3 * sqrt(int(depth))}
                found["rows"].append({**about, **read(row)})
    row = list(zip(grids["resnet50"]["distances"], grids["resnet50"]["accuracy"], strict=True))
    found["resnet50"] = {**read(row), "by_eye_px": RESNET50_BY_EYE, "estimated_px": RESNET50_ESTIMATED}
    write("trainability-published", found)


def read(row: Sequence[tuple[int, float]]) -> dict[str, Any]:
    """One row read twice: by the fit that allows for failed trainings, and by plain least squares."""
    outcomes = [Outcome(distance, 0, accuracy) for distance, accuracy in row]
    boundary = fit_boundary(outcomes, tuple(sorted({distance for distance, _ in row})))
    plain, error = least_squares(row)
    return {
        "kind": boundary.kind,
        "boundary_px": boundary.px,
        "interval_px": boundary.interval,
        "failures": boundary.lapse,
        "least_squares_px": plain,
        "least_squares_error": error,
        "trainings": len(row),
    }


def least_squares(row: Sequence[tuple[int, float]]) -> tuple[float | None, float | None]:
    """Crossing of 0.5 + 0.5 / (1 + exp((d - b) / w)) fitted to the accuracies, and its standard error, px."""
    from scipy.optimize import OptimizeWarning, curve_fit

    distance, accuracy = np.array(row, np.float64).T
    if accuracy.max() < 0.75:
        return None, None

    def logistic(d: np.ndarray, b: float, w: float) -> np.ndarray:
        return 0.5 + 0.5 / (1 + np.exp(np.clip((d - b) / w, -50, 50)))

    start = (float(distance[accuracy > 0.75].max()), 2.0)
    try:
        (b, _), covariance = curve_fit(logistic, distance, accuracy, start, bounds=([0, 0.05], [200, 60]))
    except (RuntimeError, OptimizeWarning):
        return None, None
    return float(b), float(np.sqrt(covariance[0, 0]))


def run(store: Path, names: Sequence[str]) -> None:
    """The named sweeps, each written when it has ended."""
    from rfengine.training.local import run_sweep

    for name in names:
        if name == "fcn_resnet50":
            request = AnalyzeRequest(zoo="fcn_resnet50", targets=("head",), sweep=SweepOptions.model_validate(FCN))
        else:
            request = AnalyzeRequest(sweep=SweepOptions.model_validate(SWEEPS[name]))
        said: list[str] = []

        def progress(stage: str, share: float, said: list[str] = said) -> None:
            if said[-1:] != [stage]:
                said.append(stage)
                print(f"{100 * share:.0f} % {stage}", file=sys.stderr, flush=True)

        report = run_sweep(None, request, name=name, out=None, progress=progress, store=store)
        assert report.sweep is not None
        write(f"trainability-{name}", json.loads(slim(report.sweep).model_dump_json(exclude_none=True)))


def slim(result: SweepResult) -> SweepResult:
    """Without maps and looks, which take most of the room."""
    rows = [
        row.model_copy(
            update={
                "grown": tuple(each.model_copy(update={"maps": None}) for each in row.grown),
                "runs": tuple(each.model_copy(update={"accuracies": []}) for each in row.runs),
            }
        )
        for row in result.rows
    ]
    return result.model_copy(update={"rows": tuple(rows)})


def page() -> None:
    """The figures, and the tables on stdout."""
    for path in sorted(DATA.glob("trainability-*.json")):
        name = path.stem.removeprefix("trainability-")
        if name == "published":
            print(published_tables(json.loads(path.read_text())))
            continue
        result = SweepResult.model_validate_json(path.read_text())
        print(f"\n### {name}\n\n{markdown(result)}")
        drawings = {"heatmap": plots.sweep_heatmap, "boundary": plots.sweep_boundary}
        for kind, draw in drawings.items() if len(result.rows) > 1 else ():
            draw(result).savefig(IMAGES / f"trainability-{name}-{kind}.png", dpi=110)


def published_tables(found: dict[str, Any]) -> str:
    """The published rows of some depths, and fcn_resnet50's."""
    lines = [
        "| series | depth | our fit, px | 95 % | failures | least squares, px | 3 sqrt(N) |",
        "|---|--:|--:|---|--:|--:|--:|",
    ]
    shown = [row for row in found["rows"] if row["depth"] in SHOWN]
    for row in [*shown, {"series": "fcn_resnet50", "depth": "", "three_sqrt": None, **found["resnet50"]}]:
        span = "" if row["interval_px"] is None else " to ".join(f"{end:.1f}" for end in row["interval_px"])
        fit = row["kind"] if row["boundary_px"] is None else f"{row['boundary_px']:.1f}"
        plain = "" if row["least_squares_px"] is None else f"{row['least_squares_px']:.1f}"
        if row["least_squares_error"] is not None and row["least_squares_error"] < WORST_ERROR:
            plain += f" ± {row['least_squares_error']:.1f}"
        failures = "" if row["failures"] is None else f"{row['failures']:.2f}"
        root = "" if row["three_sqrt"] is None else f"{row['three_sqrt']:.1f}"
        lines.append(f"| {row['series']} | {row['depth']} | {fit} | {span} | {failures} | {plain} | {root} |")
    return "\n".join(lines)


def write(name: str, found: Any) -> None:
    """Data as the repository keeps it."""
    path = DATA / f"{name}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(path.relative_to(ROOT), file=sys.stderr)


if __name__ == "__main__":
    main()
