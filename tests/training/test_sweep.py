"""A sweep from its request to its report: planned, trained in parts, kept, resumed, summed up."""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from api_schemas.fan_out import Part, PartOutcome, Spread
from api_schemas.problem import Problem
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep import SweepOptions, Training
from api_schemas.sweep_result import RunResult, SweepPartResult
from rfengine.errors import BadInput, SelfCheckFailed
from rfengine.training import agenda as agendas
from rfengine.training import launch as launches
from rfengine.training import local
from rfengine.training.address import address
from rfengine.training.agenda import Agenda
from rfengine.training.cells import Cell
from rfengine.training.launch import launch
from rfengine.training.sweep import plan, run_part

# Farthest distance that each of some networks is pretended to learn, px.
LEARNT = {"nopool-res-12x16": 11, "nopool-res-16x16": 13, "nopool-res-20x16": 15}

TINY = Training(steps=4, evaluate_every=2, evaluation_samples=16)


def request_of(**options: Any) -> AnalyzeRequest:
    return AnalyzeRequest(sweep=SweepOptions(**{"depths": (6,), "maps": 4, "training": TINY, "erf": False, **options}))


def nothing(_stage: str, _share: float) -> None:
    pass


def planned(request: AnalyzeRequest, finished: Sequence[PartOutcome] = ()) -> Report | Spread:
    return plan(None, request, finished, name="sweep", out=None, progress=nothing, width=2)


def outcome(part: Part, request: AnalyzeRequest) -> PartOutcome:
    found = run_part(None, request, part.body, name="sweep", progress=nothing, checkpoint=None)
    return PartOutcome(part=part, result=json.loads(json.dumps(found)))


def pretended(part: Part, boundary: float) -> PartOutcome:
    """What a part gives of a network that learns up to a boundary."""
    runs = tuple(
        RunResult(
            **run,
            key="k",
            accuracy=1.0 if run["distance_px"] <= boundary else 0.5,
            steps=100,
            status="solved" if run["distance_px"] <= boundary else "ended",
            canvas=[24, 15],
            seconds=1.0,
        )
        for run in part.body["runs"]
    )
    return PartOutcome(part=part, result=SweepPartResult(runs=runs).model_dump(mode="json"))


def test_a_plan_goes_on_until_it_has_the_boundary() -> None:
    request = AnalyzeRequest(sweep=SweepOptions(depths=(12, 16, 20), erf=False))
    finished: list[PartOutcome] = []
    shares = []
    answer = planned(request)
    while isinstance(answer, Spread):
        shares.append(answer.progress)
        assert answer.partial is not None
        assert answer.partial.sweep is not None
        assert not answer.partial.sweep.complete
        finished += [pretended(part, LEARNT[part.body["network"]]) for part in answer.parts]
        answer = planned(request, finished)
    assert answer.sweep is not None
    rows = answer.sweep.rows
    assert [(row.network, row.depth, row.boundary) for row in rows] == [
        ("nopool-res-12x16", 12, "found"),
        ("nopool-res-16x16", 16, "found"),
        ("nopool-res-20x16", 20, "found"),
    ]
    for row, learnt in zip(rows, LEARNT.values(), strict=True):
        assert row.boundary_px is not None
        assert row.interval_px is not None
        assert abs(row.boundary_px - learnt - 0.5) < 1
        assert row.interval_px[0] <= learnt + 1
        assert row.interval_px[1] >= learnt
        assert row.radii is not None
        assert row.radii.trf == row.depth
        assert row.trainings == len(row.runs)
    assert sorted(shares) == shares
    by_root, by_depth = answer.sweep.fits
    assert (by_root.kind, by_depth.kind) == ("sqrt", "linear")
    assert by_root.slope == pytest.approx(3.3, abs=0.15)
    assert by_depth.slope == pytest.approx(0.5, abs=0.1)
    assert answer.sweep.cost.trainings == sum(row.trainings for row in rows) < answer.sweep.cost.grid_trainings * 2


def test_parts_are_pure_data_and_train() -> None:
    request = request_of(method="grid", seeds=2)
    spread = planned(request)
    assert isinstance(spread, Spread)
    assert spread.partial is not None
    # Depth 6, the decision's 2 px and one for the distortion: 7 to 9 px, twice.
    assert len(spread.parts) == 6
    assert len({part.key for part in spread.parts}) == 6
    assert [part.weight for part in spread.parts] == sorted((part.weight for part in spread.parts), reverse=True)
    report = planned(request, [outcome(part, request) for part in spread.parts])
    assert isinstance(report, Report)
    assert report.sweep is not None
    (row,) = report.sweep.rows
    assert [(run.distance_px, run.seed) for run in row.runs] == [(d, s) for d in (7, 8, 9) for s in (0, 1)]
    assert {run.steps for run in row.runs} == {4}
    assert {tuple(run.canvas) for run in row.runs} == {(20, 15), (24, 15)}
    assert row.boundary == "below"
    assert report.sweep.complete
    assert Report.model_validate_json(report.to_json()).sweep == report.sweep


def test_the_same_sweep_asks_for_the_same_parts() -> None:
    one, two = planned(request_of()), planned(request_of())
    assert isinstance(one, Spread)
    assert isinstance(two, Spread)
    assert one.parts == two.parts
    other = planned(request_of(training=TINY.model_copy(update={"steps": 5})))
    assert isinstance(other, Spread)
    assert not {part.key for part in one.parts} & {part.key for part in other.parts}


def test_an_address_holds_what_decides_a_run_and_nothing_else() -> None:
    base = SweepOptions()
    key = address("n", base, Cell(8, 0))
    assert key == address("n", SweepOptions(depths=(99,), seeds=7, distances=(7, 9), method="grid"), Cell(8, 0))
    on_gpu = base.model_copy(update={"training": base.training.model_copy(update={"device": "cuda"})})
    assert key == address("n", on_gpu, Cell(8, 0))
    others = [
        address("m", base, Cell(8, 0)),
        address("n", base, Cell(9, 0)),
        address("n", base, Cell(8, 1)),
        address("n", SweepOptions(dataset="e_dot"), Cell(8, 0)),
        address("n", SweepOptions(training=Training(batch=9)), Cell(8, 0)),
    ]
    assert len({key, *others}) == 6


def test_a_part_that_failed_is_a_failed_training() -> None:
    request = request_of(method="grid", seeds=1)
    spread = planned(request)
    assert isinstance(spread, Spread)
    problem = Problem(type="urn:rfengine:crash", title="t", status=500, detail="was killed by SIGKILL (9)")
    finished = [PartOutcome(part=spread.parts[0], problem=problem)]
    finished += [pretended(part, 20) for part in spread.parts[1:]]
    report = planned(request, finished)
    assert isinstance(report, Report)
    assert report.sweep is not None
    (failed,) = [run for run in report.sweep.rows[0].runs if run.status == "failed"]
    assert failed.cause == "was killed by SIGKILL (9)"
    (warning,) = [each for each in report.warnings if each.code == "trainings-failed"]
    assert "1 of 3 trainings failed" in warning.message


def test_losses_that_are_not_finite_end_one_run_and_not_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_of(method="grid", seeds=1, training=TINY.model_copy(update={"learning_rate": 1.0}))
    real = launches.Ensemble.__init__

    def poisoned(self: Any, *arguments: Any, **more: Any) -> None:
        real(self, *arguments, **more)
        if self.records[0].cell.distance == 8:
            with torch.no_grad():
                next(iter(self._parameters.values())).fill_(float("nan"))

    monkeypatch.setattr(launches.Ensemble, "__init__", poisoned)
    report = local.run_sweep(None, request, name="sweep", out=None, progress=nothing, store=None)
    assert report.sweep is not None
    causes = {run.distance_px: run.cause for run in report.sweep.rows[0].runs}
    assert causes == {7: None, 8: "the loss was not finite at step 1", 9: None}


def test_a_sweep_in_this_process_keeps_its_runs(tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    request = request_of(method="grid", seeds=1)

    def run(store: Path | None) -> Report:
        return local.run_sweep(None, request, name="s", out=None, progress=lambda *said: told.append(said), store=store)

    first = run(tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 3
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")}
    again = run(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*.json")} == stamps
    assert first.sweep is not None
    assert again.sweep is not None
    assert again.sweep.rows == first.sweep.rows
    lost = next(iter(stamps))
    lost.write_text("{}")
    assert run(tmp_path).sweep is not None
    assert json.loads(lost.read_text())["runs"]
    assert all(0 <= share <= 1 for _, share in told)


def test_a_sweep_that_is_stopped_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launches, "TELL_EVERY", 0.0)
    training = TINY.model_copy(update={"steps": 400, "evaluate_every": 400})
    request = request_of(distances=(7, 8), method="grid", seeds=1, training=training)
    stop = threading.Event()

    def progress(_stage: str, _share: float) -> None:
        if stop.is_set():
            raise KeyboardInterrupt

    timer = threading.Timer(0.6, stop.set)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        local.run_sweep(None, request, name="s", out=None, progress=progress, store=tmp_path)
    kept = list(tmp_path.glob("*.ckpt"))
    assert kept, "no state was kept"
    steps = [torch.load(path, weights_only=True)["step"] for path in kept]
    assert all(0 < step < 400 for step in steps)
    begun: list[int] = []
    real = launches.Ensemble.train
    monkeypatch.setattr(launches.Ensemble, "train", lambda self, pulse: (begun.append(self.step), real(self, pulse))[1])
    report = local.run_sweep(None, request, name="s", out=None, progress=nothing, store=tmp_path)
    assert sorted(begun)[-len(steps) :] == sorted(steps)
    assert not list(tmp_path.glob("*.ckpt"))
    assert report.sweep is not None
    fresh = local.run_sweep(None, request, name="s", out=None, progress=nothing, store=None)
    assert fresh.sweep is not None
    resumed_runs, fresh_runs = (each.rows[0].runs for each in (report.sweep, fresh.sweep))
    assert [run.accuracies for run in resumed_runs] == [run.accuracies for run in fresh_runs]


def test_an_ensemble_that_does_not_fit_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, where memory runs out for more than two runs at once."""
    monkeypatch.setattr(launches, "resolve", lambda _: "cuda")
    sizes: list[int] = []

    class Small(launches.Ensemble):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            sizes.append(len(arguments[3]))
            if len(arguments[3]) > 2:
                raise torch.OutOfMemoryError("CUDA out of memory")
            super().__init__(*arguments, **{**more, "device": "cpu"})

    monkeypatch.setattr(launches, "Ensemble", Small)
    options = request_of().sweep
    assert options is not None
    agenda = Agenda(None, request_of(), name="s", parts=1)
    cells = [Cell(7, seed) for seed in range(5)]
    found = launch(agenda.sources[0].network, options, cells)
    assert [trained.record.cell for trained in found.runs] == cells
    assert sizes == [5, 2, 3, 1, 2]
    assert "no room for 5 runs of nopool-res-6x4 at once; they trained as 2 and 3" in found.notes[0]


def test_a_net_that_sees_too_little_is_trained_at_the_least_distance() -> None:
    """As in the seed's grid, whose shallowest nets learn nothing: they do not end the sweep of the others."""
    agenda = Agenda(None, request_of(depths=(3, 8)), name="s", parts=1)
    assert [list(agenda.distances(source)) for source in agenda.sources] == [[7], [7, 8, 9, 10, 11]]
    report = local.run_sweep(None, request_of(depths=(3,)), name="s", out=None, progress=nothing, store=None)
    assert report.sweep is not None
    assert report.sweep.rows[0].boundary == "below"


def test_distances_beyond_the_canvas_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the mark at 30 px does not fit a canvas of 48 px, on which 20 px"):
        SweepOptions(distances=(7, 30), training=Training(canvas=48))
    agenda = Agenda(None, request_of(training=TINY.model_copy(update={"canvas": 24})), name="s", parts=1)
    assert list(agenda.distances(agenda.sources[0])) == [7, 8]
    with pytest.raises(BadInput, match="a mark at 7 px does not fit a canvas of 16 px"):
        planned(request_of(training=TINY.model_copy(update={"canvas": 16})))


def test_a_network_of_another_sweep_is_refused() -> None:
    with pytest.raises(BadInput, match="trains no network 'other'; it trains nopool-res-6x4"):
        run_part(None, request_of(), {"network": "other", "runs": []}, name="s", progress=nothing, checkpoint=None)


def test_a_gpu_trains_many_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rfengine.runtime.device.resolve", lambda _: "cuda")
    spread = planned(request_of(method="grid", seeds=3))
    assert isinstance(spread, Spread)
    # Runs of one part share a canvas: 7 and 8 px, and 9 px.
    assert sorted(len(part.body["runs"]) for part in spread.parts) == [3, 6]
    assert agendas.ON_A_GPU > 6


def test_a_model_under_another_name_is_the_same_model(tmp_path: Path) -> None:
    """What was trained as one name is taken under another, and the sweep comes to its end."""
    from tests.training.test_network import onnx_net

    request = request_of(distances=(7, 8), method="grid", seeds=1)
    for name in ("a", "b"):
        report = local.run_sweep(onnx_net(), request, name=name, out=None, progress=nothing, store=tmp_path)
        assert report.sweep is not None
        assert {run.network for run in report.sweep.rows[0].runs} == {name}
    assert len(list(tmp_path.glob("*.run.json"))) == 2
    asked = {name: plan(onnx_net(), request, [], name=name, out=None, progress=nothing, width=2) for name in "ab"}
    assert all(isinstance(spread, Spread) for spread in asked.values())
    done = [
        PartOutcome(part=mine, result=pretended(theirs, 20).result)
        for mine, theirs in zip(asked["b"].parts, asked["a"].parts, strict=True)  # type: ignore[union-attr]
    ]
    report = plan(onnx_net(), request, done, name="b", out=None, progress=nothing, width=2)
    assert isinstance(report, Report)


def test_a_result_of_other_runs_is_not_taken() -> None:
    spread = planned(request_of(method="grid", seeds=1))
    assert isinstance(spread, Spread)
    one, two = (pretended(part, 20) for part in spread.parts[:2])
    with pytest.raises(SelfCheckFailed, match="answers other runs than it was asked for"):
        planned(request_of(method="grid", seeds=1), [one.model_copy(update={"result": two.result})])


def test_what_was_trained_is_kept_when_its_field_is_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = request_of(distances=(7, 7), method="grid", seeds=1, erf=True)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("rfengine.training.part.growth", interrupted)
        with pytest.raises(KeyboardInterrupt):
            local.run_sweep(None, request, name="s", out=None, progress=nothing, store=tmp_path)
    (kept,) = tmp_path.glob("*.ckpt")
    assert torch.load(kept, weights_only=True)["step"] == 4
    monkeypatch.setattr(launches.Ensemble, "advance", interrupted)
    report = local.run_sweep(None, request, name="s", out=None, progress=nothing, store=tmp_path)
    assert report.sweep is not None
    assert report.sweep.rows[0].grown[0].after.luo_size > 0
    assert not list(tmp_path.glob("*.ckpt"))


def test_a_training_that_breaks_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    real = launches.Ensemble.train

    def broken(self: Any, pulse: Any) -> Any:
        if self.records[0].cell.distance == 8:
            raise RuntimeError("[enforce fail] can't allocate memory: you tried to allocate 1 bytes")
        return real(self, pulse)

    monkeypatch.setattr(launches.Ensemble, "train", broken)
    request = request_of(method="grid", seeds=1)
    report = local.run_sweep(None, request, name="s", out=None, progress=nothing, store=None)
    assert report.sweep is not None
    status = {run.distance_px: run.status for run in report.sweep.rows[0].runs}
    assert status == {7: "ended", 8: "failed", 9: "ended"}
    assert "can't allocate memory" in report.warnings[0].message


def test_nothing_begins_after_a_stop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    begun: list[int] = []
    real = launches.Ensemble.__init__

    def counted(self: Any, *arguments: Any, **more: Any) -> None:
        begun.append(1)
        real(self, *arguments, **more)

    monkeypatch.setattr(launches.Ensemble, "__init__", counted)
    monkeypatch.setattr(launches, "TELL_EVERY", 0.0)
    request = request_of(method="grid", seeds=9, training=TINY.model_copy(update={"steps": 500}))

    def stopped(_stage: str, _share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        local.run_sweep(None, request, name="s", out=None, progress=stopped, store=tmp_path)
    assert len(begun) <= torch.get_num_threads()


def test_a_large_grid_is_asked_for_in_rounds() -> None:
    request = request_of(depths=tuple(range(8, 30)), method="grid", seeds=64, distances=(7, 48))
    agenda = Agenda(None, request, name="s", parts=4)
    asked = sum(len(agenda.next_cells(source, ())) for source in agenda.sources)
    assert 22 <= asked <= 22 * agendas.GRID_ROUND


@pytest.mark.parametrize(("key", "value"), [("verify", True), ("input_shape", [1, 1, 8, 8])])
def test_what_a_sweep_would_ignore_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"{key}: a sweep makes its own images and fields; drop {key}"):
        AnalyzeRequest.model_validate({"sweep": {}, key: value})


def test_a_preset_gives_way_to_what_is_given() -> None:
    seed = SweepOptions(preset="seed")
    assert (seed.method, seed.distances, seed.training.canvas, seed.training.stop_when_solved) == (
        "grid",
        (7, 48),
        128,
        False,
    )
    quick = SweepOptions(preset="seed", training=Training(steps=10))
    assert (quick.training.steps, quick.training.canvas, quick.training.stop_when_solved) == (10, 128, False)
    assert SweepOptions(preset="seed", training={"canvas": 48}).distances == (7, 20)
