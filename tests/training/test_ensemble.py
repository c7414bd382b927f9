"""Runs that train together are trained as if each were alone, go on after a break, and fail one by one."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from api_schemas import zoo
from api_schemas.datasets import EDot, ESymbol
from api_schemas.initialisers import Xavier
from api_schemas.sweep import Training
from rfengine.training import checkpoint
from rfengine.training.cells import Cell
from rfengine.training.ensemble import Ensemble, Record
from rfengine.training.network import Network, of_spec
from rfengine.training.scenes import scene_of

CELLS = (Cell(7, 0), Cell(8, 0), Cell(8, 5))


def network(name: str = "nopool-res-5x4", target: str | None = None) -> Network:
    return of_spec(name, lambda shape: zoo.build(name, input_shape=shape), Xavier(), target)


def ensemble(cells: Sequence[Cell], training: Training, net: Network | None = None, device: str = "cpu") -> Ensemble:
    net = net or network()
    scene = scene_of(ESymbol(), training, max(cell.distance for cell in cells), stride=net.stride)
    trainee = net.trainee(scene.shape, training.batch)
    return Ensemble(trainee, ESymbol(), scene, cells, training, device=device)


def finals(records: Sequence[Record]) -> list[dict[str, np.ndarray]]:
    found = [record.final for record in records]
    assert all(final is not None for final in found)
    return [final for final in found if final is not None]


@pytest.mark.parametrize(
    ("name", "target"),
    [("nopool-res-5x4", None), ("nopool-3x8", None), ("resnet18", "layer1.0")],
    ids=["residual", "plain", "norms-and-head"],
)
def test_together_is_alone(name: str, target: str | None) -> None:
    steps = 50 if target is None else 10
    training = Training(steps=steps, evaluate_every=steps, evaluation_samples=16, dtype="float64", learning_rate=1e-3)
    net = network(name, target)
    together = finals(ensemble(CELLS, training, net).train())
    for cell, final in zip(CELLS, together, strict=True):
        (alone,) = finals(ensemble([cell], training, net).train())
        assert alone.keys() == final.keys()
        moved = 0.0
        for key, values in alone.items():
            assert np.abs(values - final[key]).max() < 1e-5 * max(1, np.abs(values).max()), (cell, key)
            moved = max(moved, float(np.abs(values - net.trainee((24, 15), 8).initial(cell.seed)[key]).max()))
        assert moved > 1e-3, "nothing was trained"


def test_seeds_and_distances_differ() -> None:
    training = Training(steps=5, evaluate_every=5, evaluation_samples=16)
    first, second, third = finals(ensemble(CELLS, training).train())
    assert any(np.abs(first[key] - second[key]).max() > 1e-6 for key in first), "the images are the same"
    assert any(np.abs(second[key] - third[key]).max() > 1e-3 for key in first), "the weights are the same"


class Break(Exception):
    pass


@pytest.mark.parametrize("at", range(1, 13))
def test_goes_on_after_a_break(at: int, tmp_path: Path) -> None:
    """At any step, those of a look and the last one included."""
    training = Training(steps=12, evaluate_every=4, evaluation_samples=16)
    whole = ensemble(CELLS, training).train()
    path = tmp_path / "state.ckpt"
    broken = ensemble(CELLS, training)

    def at_a_step() -> None:
        if broken.step == at:
            checkpoint.save(path, broken.state())
            raise Break

    with pytest.raises(Break):
        broken.train(at_a_step)
    resumed = ensemble(CELLS, training)
    assert checkpoint.load(path, resumed.restore)
    assert resumed.step == at
    records = resumed.train()
    assert [(record.looks, record.loss) for record in records] == [(record.looks, record.loss) for record in whole]
    for one, other in zip(finals(records), finals(whole), strict=True):
        assert all(np.array_equal(one[key], other[key]) for key in one)


def test_a_failure_before_a_break_is_remembered(tmp_path: Path) -> None:
    training = Training(steps=8, evaluate_every=8, evaluation_samples=16)
    group = ensemble(CELLS[:1], training)
    path = tmp_path / "state.ckpt"

    def poison() -> None:
        if group.step == 3:
            with torch.no_grad():
                next(iter(group._parameters.values())).fill_(float("nan"))
        if group.step == 6:
            checkpoint.save(path, group.state())
            raise Break

    with pytest.raises(Break):
        group.train(poison)
    resumed = ensemble(CELLS[:1], training)
    assert checkpoint.load(path, resumed.restore)
    assert resumed.train()[0].cause == "the loss was not finite at step 4"


@pytest.mark.parametrize(("samples", "batch"), [(20, 8), (16, 64), (24, 8)])
def test_the_accuracy_is_of_so_many_images(samples: int, batch: int) -> None:
    training = Training(steps=1, evaluate_every=1, evaluation_samples=samples, batch=batch)
    (record,) = ensemble(CELLS[:1], training).train()
    assert record.accuracy is not None
    assert record.accuracy * samples == round(record.accuracy * samples)


def test_a_checkpoint_that_is_cut_short_is_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "state.ckpt"
    fresh = ensemble(CELLS[:1], Training(steps=3, evaluate_every=3, evaluation_samples=16))
    assert not checkpoint.load(path, fresh.restore)
    checkpoint.save(path, ensemble(CELLS[:1], Training(steps=3)).state() | {"step": 2})
    path.write_bytes(path.read_bytes()[:-500])
    assert not checkpoint.load(path, fresh.restore)
    assert fresh.step == 0


def test_a_run_whose_loss_is_not_finite_fails_alone() -> None:
    training = Training(steps=20, evaluate_every=10, evaluation_samples=16)
    group = ensemble(CELLS, training)

    def poison() -> None:
        if group.step == 3:
            with torch.no_grad():
                next(iter(group._parameters.values()))[1] = float("nan")

    records = group.train(poison)
    assert records[1].cause == "the loss was not finite at step 4"
    assert records[1].accuracy is None
    alone = ensemble([CELLS[0]], training).train()
    assert records[0].cause is None
    assert records[0].looks == alone[0].looks


def test_a_solved_run_stops_and_the_others_go_on() -> None:
    training = Training(steps=30, evaluate_every=10, evaluation_samples=16)
    group = ensemble(CELLS, training)
    real = group._accuracies
    group._accuracies = lambda: [1.0 if cell == 1 else 0.5 for cell in group.active] if real() else []  # type: ignore[method-assign]
    records = group.train()
    assert [record.steps for record in records] == [30, 20, 30]
    assert [record.solved for record in records] == [False, True, False]
    alone = ensemble([CELLS[2]], training)
    alone._accuracies = lambda: [0.5]  # type: ignore[method-assign]
    (other,) = finals(alone.train())
    assert all(np.allclose(values, other[key], atol=1e-6) for key, values in finals(records)[2].items())


def test_it_learns_what_is_near() -> None:
    """The letter's own mark at 7 px, with a net that sees it and little training: better than chance, by far."""
    training = Training(steps=400, evaluate_every=200, evaluation_samples=64, learning_rate=2e-3)
    (record,) = ensemble([Cell(7, 0)], training, network("nopool-res-8x8")).train()
    assert record.accuracy is not None
    assert record.accuracy > 0.9


def test_the_dot_trains_too() -> None:
    training = Training(steps=2, evaluate_every=2, evaluation_samples=16)
    net = network()
    scene = scene_of(EDot(), training, 9)
    group = Ensemble(net.trainee(scene.shape, 8), EDot(), scene, [Cell(9, 0)], training, device="cpu")
    (record,) = group.train()
    assert record.steps == 2
    assert record.loss is not None
