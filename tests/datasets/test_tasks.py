"""Drawn tasks: balanced, by counter, and told apart by an oracle that looks for the shapes themselves."""

from math import atan2, pi
from typing import get_args

import pytest
import torch
from torch.nn import functional as F

from api_schemas.tasks import AnyTask, Relations, Segments, Shapes
from rfengine.errors import BadInput
from rfengine.tasks import Examples, examples_of, tasks
from rfengine.tasks.raster import KINDS, distances, ink, outline, plane
from rfengine.tasks.registry import Task, register
from rfengine.tasks.relations import MARK, THICKNESS
from rfengine.tasks.shapes import LARGEST, LEAST

torch.set_num_threads(1)

CLEAN = (Shapes(noise=0), Relations(noise=0), Segments(noise=0, across=1), Segments(noise=0, across=2))
each_task = pytest.mark.parametrize("task", CLEAN, ids=lambda task: f"{task.name}-{getattr(task, 'across', '')}")


def drawn(task: AnyTask, count: int = 160, seed: int = 3, side: int = 32) -> Examples:
    return examples_of(task, (1, side, side), count, seed=seed)


def test_every_task_of_the_language_is_registered() -> None:
    assert {task.model for task in tasks()} == set(get_args(AnyTask))
    assert [task.name for task in tasks()] == ["folder", "relations", "segments", "shapes"]
    with pytest.raises(ValueError, match="'shapes' is registered twice"):
        register(Task(Shapes, tasks()[0].source))


@each_task
def test_a_picture_depends_on_its_seed_and_number_alone(task: AnyTask, monkeypatch: pytest.MonkeyPatch) -> None:
    noisy = task.model_copy(update={"noise": 0.3})
    many, few, other = drawn(noisy, 40), drawn(noisy, 7), drawn(noisy, 40, seed=4)
    assert torch.equal(many.images[:7], few.images)
    assert torch.equal(many.labels[:7], few.labels)
    assert not torch.equal(many.images, other.images)
    assert many.images[0].std() != many.images[8].std()
    monkeypatch.setattr("rfengine.tasks.registry.DRAWN_AT_ONCE", 1)
    assert torch.equal(drawn(noisy, 7).images, few.images)


@each_task
def test_channels_noise_and_sizes(task: AnyTask) -> None:
    found = examples_of(task.model_copy(update={"noise": 0.25}), (3, 40, 48), 8, seed=0)
    assert found.images.shape == (8, 3, 40, 48)
    assert found.images.dtype == torch.float32
    assert torch.equal(found.images[:, 0], found.images[:, 2])
    clean = examples_of(task, (3, 40, 48), 8, seed=0)
    assert 0 <= clean.images.min() < clean.images.max() <= 1
    assert 0.2 < (found.images - clean.images).abs().max() <= 0.25
    assert found.labels.shape == ((8, 40, 48) if found.dense else (8,))


@pytest.mark.parametrize("task", CLEAN[:2], ids=["shapes", "relations"])
def test_classes_are_balanced_in_any_block(task: AnyTask) -> None:
    found = drawn(task, 200)
    assert found.classes == 8
    for start in (0, 48, 152):
        assert torch.bincount(found.labels[start : start + 48]).tolist() == [6] * 8


def test_kinds_are_balanced_over_pictures_and_pixels() -> None:
    found = drawn(Segments(noise=0, empty=0.25), 600)
    pixels = torch.bincount(found.labels.flatten(), minlength=4).double()
    kinds = pixels[1:] / pixels[1:].sum()
    assert kinds.tolist() == pytest.approx([1 / 3] * 3, abs=0.03)
    quarters = [found.labels[:, y : y + 16, x : x + 16] for y in (0, 16) for x in (0, 16)]
    empty = torch.stack([(cell.amax((1, 2)) == 0) for cell in quarters]).double().mean()
    assert float(empty) == pytest.approx(0.25, abs=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_shapes_of_one_size_cover_one_area(kind: str) -> None:
    size, zero, middle = torch.tensor([24.0]), torch.zeros(1, dtype=torch.int64), torch.tensor([32.3])
    for angle in (0.0, 0.4, 1.1):
        v, u = plane((64, 64), middle, middle, torch.tensor([angle]))
        assert float(ink(distances((kind,), zero, v, u, size)).sum()) == pytest.approx(24.0**2, rel=0.01)


def test_the_direction_is_that_from_ring_to_cross() -> None:
    """Both marks found again by their templates, everywhere."""
    task = Relations(noise=0)
    found = drawn(task, 160, side=40)
    ring, cross = (_template(kind, 40 * MARK) for kind in ("circle", "cross"))
    right = 0
    for image, label in zip(found.images, found.labels.tolist(), strict=True):
        (ring_y, ring_x), (cross_y, cross_x) = _best(image, ring), _best(image, cross)
        apart = torch.tensor([cross_y - ring_y, cross_x - ring_x]).float().norm()
        assert 0.35 * 40 - 1.5 <= apart <= 0.5 * 40 + 1.5
        angle = atan2(ring_y - cross_y, cross_x - ring_x)
        right += round(angle / (pi / 4)) % 8 == label
    assert right >= 158


def _template(kind: str, size: float) -> torch.Tensor:
    side, middle = 11, torch.tensor([5.5])
    v, u = plane((side, side), middle, middle, torch.zeros(1))
    found = distances((kind,), torch.zeros(1, dtype=torch.int64), v, u, torch.tensor([size]))
    drawn = ink(outline(found, THICKNESS) if kind == "circle" else found)
    return drawn / drawn.norm()


def _best(image: torch.Tensor, template: torch.Tensor) -> tuple[int, int]:
    """Where the picture is most like the template, by the cosine of both."""
    size = template.shape[-1]
    product = F.conv2d(image[None], template[None], padding=size // 2)
    norm = F.conv2d(image[None] ** 2, torch.ones_like(template)[None], padding=size // 2).sqrt()
    place = int((product / norm.clamp(min=0.5)).argmax())
    return divmod(place, image.shape[-1])


def test_the_nearest_of_all_shapes_is_the_label() -> None:
    """Each picture beside every class at every size and angle, about the middle of its ink."""
    found = drawn(Shapes(noise=0.05), 64)
    sizes = torch.linspace(LEAST * 32, LARGEST * 32, 7)
    angles = torch.linspace(0, pi * 2, 25)[:-1]
    size, angle = (each.flatten() for each in torch.meshgrid(sizes, angles, indexing="ij"))
    right = 0
    for image, label in zip(found.images[:, 0], found.labels.tolist(), strict=True):
        mass = image * (image > 0.3)
        y, x = (
            (mass.sum(1 - axis) * (torch.arange(32) + 0.5)).sum() / mass.sum() for axis in range(2)
        )  # fmt: skip
        v, u = plane((32, 32), y.expand(len(size)), x.expand(len(size)), angle)
        errors = []
        for kind in KINDS:
            edge = distances((kind,), torch.zeros(len(size), dtype=torch.int64), v, u, size)
            errors += [(ink(each) - image).square().sum((1, 2)).min() for each in (edge, outline(edge, 1.5))]
        right += int(torch.stack(errors).argmin()) == label
    assert right >= 63


@pytest.mark.parametrize("across", [1, 2])
def test_the_outline_alone_says_the_class_of_what_is_within(across: int) -> None:
    """The farthest over the nearest point of an outline, from its middle: 1, the root of 2, and 2."""
    task, cell = Segments(noise=0, across=across, empty=0), 48
    found = drawn(task, 60, side=cell * across)
    answers, right = 0, 0
    for image, label in zip(found.images[:, 0], found.labels, strict=True):
        for place in range(across**2):
            y, x = place // across * cell, place % across * cell
            line, inside = image[y : y + cell, x : x + cell], label[y : y + cell, x : x + cell]
            kind = 1 if _roundness(line) < 1.3 else 2 if _roundness(line) < 1.8 else 3
            assert set(inside.unique().tolist()) <= {0, int(inside.max())}, "one shape per cell"
            right += kind == int(inside.max())
            answers += 1
            assert float(line[inside == 0].max()) <= 0.55, "a line outside what it bounds"
    assert right == answers == 60 * across**2


def _roundness(line: torch.Tensor) -> float:
    """Mean distance of the four farthest points of an outline from its middle, over that of the four nearest."""
    mass = line.double()
    y, x = ((mass.sum(1 - axis) * torch.arange(len(line))).sum() / mass.sum() for axis in range(2))
    distance = (torch.nonzero(line > 0.5) - torch.stack([y, x])).norm(dim=1).sort().values
    return float(distance[-4:].mean() / distance[:4].mean())


def test_most_of_a_shape_is_paper() -> None:
    found = drawn(Segments(noise=0, across=1, empty=0), 60, side=48)
    within = found.labels > 0
    assert float((found.images[:, 0][within] == 0).double().mean()) > 0.6


@pytest.mark.parametrize(
    ("task", "side", "says"),
    [
        (Relations(), 15, r"relations: pictures of 15 x 15 px cannot show it; give 16 px or more"),
        (Segments(across=4), 40, r"segments: 4 x 4 cells on 40 x 40 px have 10 x 10 px, less than 12 px; lower across"),
    ],
)
def test_what_is_too_small_says_what_to_give(task: AnyTask, side: int, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        drawn(task, side=side)


def test_distances_that_no_picture_holds() -> None:
    with pytest.raises(ValueError, match=r"0\.25 <= least <= largest <= 0\.75"):
        Relations(distance=(0.1, 0.5))


def test_the_split_is_by_class_and_mixes_its_batches() -> None:
    found = drawn(Shapes(), 160)
    kept, apart = found.split(0.25, seed=1)
    assert (len(kept), len(apart)) == (120, 40)
    assert torch.bincount(apart.labels).tolist() == [5] * 8
    everything = torch.cat([kept.images, apart.images]).flatten(1).sum(1).sort().values
    assert torch.equal(everything, found.images.flatten(1).sum(1).sort().values), "all of them, each once"
    # A batch of one class would have statistics of its own.
    assert all(len(part.labels[:20].unique()) >= 6 for part in (kept, apart))
    assert torch.equal(found.split(0.25, seed=1)[1].images, apart.images)
    assert not torch.equal(found.split(0.25, seed=2)[1].images, apart.images)


def test_a_share_of_classes_too_small_for_it_is_still_that_share() -> None:
    kept, apart = drawn(Shapes(), 24).split(0.25, seed=0)
    assert (len(kept), len(apart)) == (18, 6)
    assert len(apart.labels.unique()) == 6


@pytest.mark.parametrize("held_out", [0.01, 0.99])
def test_a_split_without_one_half(held_out: float) -> None:
    with pytest.raises(
        BadInput, match=r"held_out: 0\.\d+ of 16 pictures leaves (16|0) to learn from and (0|16) held out"
    ):
        drawn(Shapes(), 16).split(held_out, seed=0)
