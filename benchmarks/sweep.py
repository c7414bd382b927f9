"""Trainability sweeps: what planning, tight canvases and early stops save, and how runs train side by side.

    python -m benchmarks.sweep steps                time of a training step by canvas, runs at once, compiled or not
    python -m benchmarks.sweep canvas STORE         the same trainings on the tight canvas and on 48 px
    python -m benchmarks.sweep grid STORE           the planned verdict beside every distance, and what each costs
    python -m benchmarks.sweep members [1,16,64]    runs trained a second together, against one at a time (for a GPU)

STORE is a folder of finished runs (`rfengine sweep --checkpoints STORE`): what is in it is not trained again. The plain
grid's time is extrapolated: its steps at 128 px are measured and multiplied.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from api_schemas.datasets import ESymbol
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import SweepOptions, Training
from api_schemas.sweep_result import SweepResult, SweepRow
from rfengine.runtime.device import resolve
from rfengine.threads import wait_quietly
from rfengine.training.cells import Cell
from rfengine.training.ensemble import Ensemble
from rfengine.training.local import run_sweep
from rfengine.training.scenes import scene_of
from rfengine.training.sources import sources

DEPTHS = (8, 12, 16)
SEED_CANVAS = 128


def main() -> None:
    """Run the part that the first argument names."""
    wait_quietly()
    parts: dict[str, Callable[[], None]] = {
        "steps": steps,
        "canvas": lambda: canvas(Path(sys.argv[2])),
        "grid": lambda: grid(Path(sys.argv[2])),
        "members": members,
    }
    parts[sys.argv[1] if len(sys.argv) > 1 else "steps"]()


def ensemble_of(depth: int, distance: int, runs: int, *, canvas: int | None, device: str = "cpu") -> Ensemble:
    """Runs of a residual net, before their first step."""
    options = SweepOptions(depths=(depth,))
    (source,) = sources(None, AnalyzeRequest(sweep=options), options, name="sweep")
    training = Training(canvas=canvas or "tight", steps=1_000_000, evaluate_every=1_000_000)
    scene = scene_of(ESymbol(), training, distance)
    cells = [Cell(distance, seed) for seed in range(runs)]
    return Ensemble(source.network.trainee(scene.shape, 8), ESymbol(), scene, cells, training, device=device)


def seconds_a_step(ensemble: Ensemble, steps: int) -> float:
    """Best of three, after a warm-up."""
    ensemble.advance(ensemble.step + 3, lambda: None)
    best = float("inf")
    for _ in range(3):
        started = time.perf_counter()
        ensemble.advance(ensemble.step + steps, lambda: None)
        if ensemble.device == "cuda":
            torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - started) / steps)
    return best


def steps() -> None:
    """Milliseconds of one training step, one thread."""
    torch.set_num_threads(1)
    print("| depth | canvas | runs at once | ms a step and run | against one run on 128 px |\n|---|---|---|---|---|")
    for depth in DEPTHS:
        whole = seconds_a_step(ensemble_of(depth, 12, 1, canvas=SEED_CANVAS), 3)
        for side, runs in ((None, 1), (None, 4), (None, 16), (48, 1), (SEED_CANVAS, 1)):
            found = ensemble_of(depth, 12, runs, canvas=side)
            each = seconds_a_step(found, 20 if side is None else 5) / runs
            size = " x ".join(map(str, found.scene.shape))
            print(f"| {depth} | {size} | {runs} | {1000 * each:.1f} | {whole / each:.1f} times as fast |", flush=True)
    compiled = ensemble_of(8, 12, 1, canvas=None)
    plain = seconds_a_step(ensemble_of(8, 12, 1, canvas=None), 20)
    compiled.detector = torch.compile(compiled.detector)
    started = time.perf_counter()
    compiled.advance(1, lambda: None)
    first = time.perf_counter() - started
    ratio = plain / seconds_a_step(compiled, 20)
    print(f"torch.compile, depth 8, tight: {ratio:.2f} times as fast a step, after {first:.1f} s of compiling")


def canvas(store: Path) -> None:
    """Whether a tight canvas asks the same question: accuracies of the same trainings on both."""
    for depth, distances in ((8, (8, 10)), (12, (10, 12))):
        options = {"depths": (depth,), "distances": distances, "method": "grid", "seeds": 2, "erf": False}
        tight = trained(SweepOptions(**options, training=Training()), store)
        wide = trained(SweepOptions(**options, training=Training(canvas=48)), store)
        for here, there in zip(tight.rows[0].runs, wide.rows[0].runs, strict=True):
            print(
                f"depth {depth}, {here.distance_px} px, seed {here.seed}: {here.accuracy:.3f} after {here.steps} steps "
                f"on {here.canvas}, {there.accuracy:.3f} after {there.steps} on {there.canvas}"
            )
        cost = wide.cost.step_pixels / tight.cost.step_pixels
        print(f"depth {depth}: 48 px cost {cost:.1f} times the step-pixels", flush=True)


def grid(store: Path) -> None:
    """The planned sweep beside every distance of its range, once with the first seed, and the plain grid's time.

    The distances are trained on the tight canvas too: `canvas` compares it with a large one.
    """
    planned = trained(SweepOptions(depths=DEPTHS), store)
    plain = trained(SweepOptions(depths=DEPTHS, method="grid", seeds=1), store)
    extrapolated = 0.0
    for here, there in zip(planned.rows, plain.rows, strict=True):
        assert here.depth is not None
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        step = seconds_a_step(ensemble_of(here.depth, 12, 1, canvas=SEED_CANVAS), 3)
        torch.set_num_threads(threads)
        seconds = step * plain.options.training.steps * (there.distances[1] - there.distances[0] + 1)
        extrapolated += seconds
        print(
            f"depth {here.depth}: {said(here)} planned, {said(there)} by the grid; grid {seconds / 60:.0f} min a core"
        )
    cost = planned.cost
    print(f"step-pixels: {cost.grid_step_pixels / cost.step_pixels:.0f} times fewer")
    less = extrapolated / cost.seconds
    print(f"seconds of a core: {cost.seconds:.0f} against {extrapolated:.0f}, {less:.1f} times less")


def said(row: SweepRow) -> str:
    """A boundary in words."""
    if row.boundary_px is None or row.interval_px is None:
        return f"'{row.boundary}' after {row.trainings} trainings"
    low, high = row.interval_px
    return f"{row.boundary_px:.1f} px ({low:.1f} to {high:.1f}) after {row.trainings} trainings"


def trained(options: SweepOptions, store: Path) -> SweepResult:
    """A sweep, from the store where it has been trained."""
    request = AnalyzeRequest(sweep=options)
    told: list[str] = []

    def progress(stage: str, share: float) -> None:
        if stage not in told[-1:]:
            told.append(stage)
            print(f"  {100 * share:.0f} % {stage}", file=sys.stderr, flush=True)

    report: Report = run_sweep(None, request, name="sweep", out=None, progress=progress, store=store)
    assert report.sweep is not None
    return report.sweep


def members() -> None:
    """Runs trained a second, many at once against one at a time."""
    device = resolve("auto")
    counts = [int(part) for part in (sys.argv[2] if len(sys.argv) > 2 else "1,16,64,256").split(",")]
    alone = 1 / seconds_a_step(ensemble_of(8, 12, 1, canvas=None, device=device), 20)
    print(
        f"device {device}, {torch.get_num_threads()} threads\n| runs at once | steps of a run a second | against one |"
    )
    print("|---|---|---|")
    for count in counts:
        found = ensemble_of(8, 12, count, canvas=None, device=device)
        rate = count / seconds_a_step(found, max(2, 64 // count))
        print(f"| {count} | {rate:.0f} | {rate / alone:.1f} times |", flush=True)


if __name__ == "__main__":
    main()
