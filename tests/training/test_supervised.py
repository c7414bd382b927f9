"""A network learns a task: its scores, its accuracies, its steps, and its field with the statistics of a batch."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from api_schemas.spec import LayerSpec
from api_schemas.trained import TrainedOptions
from rfengine.errors import BadInput, BadTarget, NotEstimable
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import Array, Graph
from rfengine.onnx_import import import_onnx
from rfengine.runtime.program import Program
from rfengine.spec_import import compile_spec
from rfengine.supervised.accuracy import accuracy, counted, epochs_to
from rfengine.supervised.field import Field
from rfengine.supervised.learning import Learnt, learn
from rfengine.supervised.pupil import BIAS, WEIGHT, Pupil, pupil_of
from rfengine.supervised.scorer import Scorer
from rfengine.supervised.statistics import with_statistics_of
from rfengine.targets import find_targets
from rfengine.tasks import IGNORED, Examples, examples_of

torch.set_num_threads(1)

CONV = {"type": "conv", "kernel": 3, "padding": "same"}
NORMED = [
    {**CONV, "name": "a", "channels": 6, "stride": 2},
    {"type": "batch_norm", "name": "norm"},
    {"type": "relu", "name": "act"},
]
MAPS = [*NORMED, {**CONV, "name": "b", "channels": 5}]
OWN = [*MAPS, {"type": "global_avg_pool"}, {"type": "flatten"}, {"type": "linear", "name": "scores", "features": 8}]


def graph_of(layers: list[dict[str, Any]], *, batch: int = 16, side: int = 20, seed: int = 0) -> Graph:
    spec = {"input": [1, 1, side, side], "layers": layers, "init": {"name": "he", "seed": seed}}
    model = compile_spec(LayerSpec.model_validate(spec), name="net", input_shape={"": (batch, 1, side, side)})
    return import_onnx(bytes(model.SerializeToString())).graph


def pupil(layers: list[dict[str, Any]], classes: int = 8, dense: bool = False, **shape: int) -> Pupil:
    graph = graph_of(layers, **shape)
    (target,) = find_targets(receptive_fields(graph))
    return pupil_of(graph, target, classes=classes, dense=dense)


def tensors(values: Mapping[str, Array]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(array) for name, array in values.items()}


def options(**changes: Any) -> TrainedOptions:
    given = {"task": "relations", "examples": 160, "batch": 16, "epochs": 2, "images": 8, "device": "cpu"}
    return TrainedOptions.model_validate({**given, **changes})


def halves(asked: TrainedOptions, side: int = 20) -> tuple[Examples, Examples]:
    found = examples_of(asked.task, (1, side, side), asked.examples, seed=asked.seed)
    return found.split(asked.held_out, seed=asked.seed)


def trained(one: Pupil, asked: TrainedOptions) -> tuple[Learnt, list[Mapping[str, Array]]]:
    seen: list[Mapping[str, Array]] = []
    side = one.shape[2]
    found = learn(one, *halves(asked, side), asked, device="cpu", look=lambda _, values: seen.append(values))
    return found, seen


def test_a_target_with_a_map_per_class_is_averaged_over_space() -> None:
    one = pupil([*NORMED, {**CONV, "name": "b", "channels": 8}])
    assert (one.answer, one.has_head) == ("b", False)
    images = torch.randn(16, 1, 20, 20)
    scores = Scorer(one, dtype="float32", device="cpu")(tensors(one.initial(0)), images)
    by_hand = Program(one.graph)({one.source: images})["b"]  # statistics of the file are not those of the batch
    assert scores.shape == (16, 8)
    assert not torch.allclose(scores, by_hand.mean((2, 3)), atol=1e-3)
    settled = with_statistics_of(images, one.graph, dtype="float32", device="cpu")
    assert torch.allclose(scores, Program(settled)({one.source: images})["b"].mean((2, 3)), atol=1e-5)


def test_another_number_of_maps_gets_a_head() -> None:
    one = pupil(MAPS)
    values = one.initial(3)
    assert (one.answer, one.has_head) == ("b", True)
    assert values[WEIGHT].shape == (8, 5, 1, 1)
    assert not values[BIAS].any()
    assert not np.array_equal(values[WEIGHT], one.initial(4)[WEIGHT])
    assert one.parameters == sum(array.size for array in values.values()) == 6 * 9 + 6 + 12 + 5 * 6 * 9 + 5 + 48
    images = torch.randn(16, 1, 20, 20)
    scores = Scorer(one, dtype="float32", device="cpu")(tensors(values), images)
    settled = with_statistics_of(images, one.graph, dtype="float32", device="cpu")
    maps = Program(settled)({one.source: images})["b"]
    assert torch.allclose(
        scores, torch.einsum("nchw,kc->nk", maps, torch.tensor(values[WEIGHT][..., 0, 0])) / 100, atol=1e-5
    )


@pytest.mark.parametrize("end", [[], [{"type": "softmax", "name": "shares"}]], ids=["scores", "softmax"])
def test_scores_of_its_own_are_taken_before_a_softmax(end: list[dict[str, Any]]) -> None:
    one = pupil([*OWN, *end])
    assert (one.target, one.answer, one.has_head) == ("b", "scores", False)
    assert "scores:weight" in one.names


@pytest.mark.parametrize("channels", [4, 5])
def test_segments_are_brought_to_the_pictures_size(channels: int) -> None:
    one = pupil([*NORMED, {**CONV, "name": "b", "channels": channels}], classes=4, dense=True)
    values, images = tensors(one.initial(0)), torch.randn(16, 1, 20, 20)
    scores = Scorer(one, dtype="float32", device="cpu")(values, images)
    assert scores.shape == (16, 4, 20, 20)
    settled = with_statistics_of(images, one.graph, dtype="float32", device="cpu")
    maps = Program(settled)({one.source: images})["b"]
    small = F.conv2d(maps, values[WEIGHT]) if one.has_head else maps
    assert torch.allclose(scores, F.interpolate(small, (20, 20), mode="bilinear"), atol=1e-5)


def test_scores_can_be_made_of_neither() -> None:
    with pytest.raises(BadTarget, match=r"target 'scores' has shape \[16, 8\].*need a map \[16, maps, H, W\]"):
        pupil_of(graph_of(OWN), "scores", classes=5, dense=False)


def test_two_inputs() -> None:
    spec = {
        "inputs": {"x": [1, 1, 9, 9], "y": [1, 1, 9, 9]},
        "layers": [{"type": "add", "name": "s", "from": ["x", "y"]}, {**CONV, "name": "c", "channels": 2}],
    }
    graph = import_onnx(bytes(compile_spec(LayerSpec.model_validate(spec), name="n").SerializeToString())).graph
    with pytest.raises(BadInput, match=r"inputs x \[1, 1, 9, 9\], y .*one image input of four axes"):
        pupil_of(graph, "c", classes=2, dense=False)


def test_every_parameter_learns_and_the_loss_falls() -> None:
    one = pupil(MAPS)
    found, seen = trained(one, options(epochs=4, learning_rate=0.05))
    assert len(seen) == len(found.accuracies) == 5
    assert len(found.losses) == 4
    assert found.losses[-1] < found.losses[0]
    for name, array in seen[0].items():
        if name != "a:bias":  # the norm behind takes it out again
            assert np.abs(seen[1][name] - array).max() > 1e-5, name
    assert all(np.array_equal(array, one.initial(0)[name]) for name, array in seen[0].items()), "looks are copies"


def test_steps_are_those_by_hand() -> None:
    """Two epochs of one batch: v <- 0.9 v + gradient of the mean cross-entropy, p <- p - 0.1 v."""
    one, asked = pupil(MAPS), options(examples=24, held_out=1 / 3, epochs=2, learning_rate=0.1)
    learning, _ = halves(asked)
    assert len(learning) == 16
    _, seen = trained(one, asked)
    values = tensors(one.initial(0))
    velocity = {name: torch.zeros_like(each) for name, each in values.items()}
    for epoch in (1, 2):
        free = {name: each.clone().requires_grad_() for name, each in values.items()}
        scores = Scorer(one, dtype="float32", device="cpu")(free, learning.images)
        loss = -torch.log_softmax(scores, 1)[torch.arange(16), learning.labels].mean()
        for name, gradient in zip(free, torch.autograd.grad(loss, list(free.values())), strict=True):
            velocity[name] = 0.9 * velocity[name] + gradient
            values[name] = values[name] - 0.1 * velocity[name]
            assert np.abs(seen[epoch][name] - values[name].numpy()).max() < 1e-6, (epoch, name)


@pytest.mark.parametrize("optimiser", ["sgd", "adam"])
def test_equal_seeds_give_equal_trainings(optimiser: str) -> None:
    rate = {"sgd": 0.05, "adam": 0.003}[optimiser]
    runs = [trained(pupil(MAPS), options(optimiser=optimiser, learning_rate=rate, seed=seed)) for seed in (1, 1, 2)]
    (first, one), (again, two), (other, _) = runs
    assert first == again
    assert all(np.array_equal(one[-1][name], two[-1][name]) for name in one[-1])
    assert first.losses != other.losses


def test_a_task_is_learnt() -> None:
    layers = [{**CONV, "name": f"c{k}", "channels": 8, "stride": 2 if k == 0 else 1} for k in range(5)]
    body = [part for layer in layers for part in (layer, {"type": "batch_norm"}, {"type": "relu"})]
    one = pupil([*body, {**CONV, "name": "out", "channels": 8}])
    asked = options(task="shapes", examples=640, epochs=6, optimiser="adam", learning_rate=0.003)
    found, _ = trained(one, asked)
    assert found.accuracies[0].mean < 0.25
    assert found.accuracies[-1].mean > 0.4


def test_a_loss_that_is_not_finite_is_a_refusal_with_its_step() -> None:
    layers = [{**CONV, "name": f"c{k}", "channels": 8} for k in range(6)]
    with pytest.raises(NotEstimable, match=r"the loss is not finite at step \d+ \(epoch 1\); lower learning_rate, 10"):
        trained(pupil(layers), options(learning_rate=10))


def test_fewer_pictures_than_a_batch() -> None:
    with pytest.raises(BadInput, match=r"batch: 16 pictures, but there are 12 to learn from; lower batch or give more"):
        trained(pupil(MAPS), options(examples=16))


def test_held_out_pictures_that_fill_no_batch_count_once() -> None:
    """20 held out, in batches of 16: the second has 4 of its own."""
    one, asked = pupil(MAPS), options(examples=80, epochs=1)
    learning, held = halves(asked)
    assert len(held) == 20
    found, seen = trained(one, asked)
    scorer, values = Scorer(one, dtype="float32", device="cpu"), tensors(seen[1])
    last = held.taken(torch.cat([torch.arange(16, 20), torch.arange(12)]))
    answers = torch.cat([scorer(values, held.images[:16]), scorer(values, last.images)[:4]]).argmax(1)
    shares = [float((answers[held.labels == k] == k).double().mean()) for k in range(8) if (held.labels == k).any()]
    assert found.accuracies[1].mean == pytest.approx(sum(shares) / len(shares))
    assert len(learning) == 60


def test_accuracy_is_the_mean_of_the_classes_that_occur() -> None:
    labels = torch.tensor([0, 0, 0, 0, 1, 1, IGNORED, IGNORED])
    answers = torch.tensor([0, 0, 0, 1, 1, 2, 0, 2])
    counts = counted(labels, answers, 3)
    assert counts.tolist() == [[3, 1, 0], [0, 1, 1], [0, 0, 0]]
    assert accuracy(counts).mean == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert accuracy(counts).iou == pytest.approx((3 / 4 + 1 / 3) / 2)


@pytest.mark.parametrize(
    ("accuracies", "reach", "epoch"),
    [
        ((0.1, 0.5, 0.9, 0.95), 0.9, 2),
        ((0.1, 0.9, 0.3, 0.95), 0.9, 1),
        ((0.1, 0.5, 0.8999), 0.9, None),
        ((0.95, 0.2), 0.9, 0),
        ((), 0.9, None),
    ],
    ids=["at least", "first", "never", "before", "none"],
)
def test_epochs_to_a_fixed_accuracy(accuracies: tuple[float, ...], reach: float, epoch: int | None) -> None:
    assert epochs_to(accuracies, reach) == epoch


def test_two_norms_that_share_their_statistics_get_their_own() -> None:
    layers = [*NORMED, {**CONV, "name": "b", "channels": 6}, {"type": "batch_norm", "name": "second"}]
    graph = graph_of(layers)
    first, second = (node for node in graph.nodes if node.op == "BatchNormalization")
    from dataclasses import replace

    shared = replace(second, inputs=(*second.inputs[:3], *first.inputs[3:]))
    graph = replace(graph, nodes=tuple(shared if node is second else node for node in graph.nodes))
    settled = with_statistics_of(3 * torch.randn(16, 1, 20, 20) + 1, graph, dtype="float64", device="cpu")
    means = [settled.constants[n.inputs[3]] for n in settled.nodes if n.op == "BatchNormalization"]
    assert np.abs(means[0] - means[1]).max() > 1e-3
    assert graph.constants[first.inputs[3]].max() == 0, "the graph itself is as it was"


def test_the_field_is_local_and_moves_with_the_values() -> None:
    one, asked = pupil(MAPS), options(epochs=4, learning_rate=0.1)
    learning, held = halves(asked)
    field = Field(one, learning, held, asked, device="cpu")
    _, seen = trained(one, asked)
    before, after = field.map(seen[0]), field.map(seen[-1])
    assert before.support_checked, "no statistics of a batch in it"
    assert np.array_equal(before.values, field.map(seen[0]).values)
    assert np.abs(before.values / before.values.max() - after.values / after.values.max()).max() > 0.01
    # By hand: |d b / d x| of every channel at the centre, averaged over channels and pictures.
    settled = Program(with_statistics_of(learning.images[:16], one.graph, dtype="float32", device="cpu"))
    images = torch.cat([held.images[:8], held.images[:8]]).requires_grad_()
    maps = settled({one.source: images})["b"][:, :, 5, 5]
    grads = [torch.autograd.grad(maps[:, c].sum(), images, retain_graph=True)[0][:8].abs() for c in range(5)]
    expected = torch.stack(grads).mean((0, 1))[0].numpy()
    assert np.abs(before.values - expected).max() < 1e-5 * expected.max()
