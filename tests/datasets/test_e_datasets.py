"""The e-datasets: what is drawn, where, and that an image depends on its own run alone."""

from math import atan2, hypot, pi

import numpy as np
import pytest
import torch

from api_schemas.datasets import AnyDataset, EDot, Elastic, ESymbol
from api_schemas.sweep import Training, farthest_on
from rfengine.datasets import datasets, mark_of, square_scene, tight_scene
from rfengine.datasets.elastic import distorted
from rfengine.datasets.glyphs import DIAERESIS, DOT, LETTER
from rfengine.datasets.noise import keys, mixed, uniform
from rfengine.datasets.samples import Samples, spot, squared_distances
from rfengine.datasets.scene import Scene
from rfengine.errors import BadInput
from rfengine.training.scenes import scene_of

ALL = (ESymbol(elastic=None), EDot(elastic=None), EDot(elastic=None, range_degrees=180), EDot(range_degrees=90))


def drawn(dataset: AnyDataset, scene: Scene, distance: int, count: int = 64) -> tuple[np.ndarray, np.ndarray]:
    batch = Samples(dataset, scene, [distance], [3]).draw("training", [0], count)
    return batch.images[0, 0, :, 0].numpy(), batch.marked[0, 0].numpy()


def test_the_glyphs_have_the_published_sizes() -> None:
    assert (LETTER.shape, DIAERESIS.shape, DOT.shape) == ((10, 9), (3, 9), (3, 4))


def test_every_dataset_of_the_language_is_registered() -> None:
    assert {mark.model for mark in datasets()} == {ESymbol, EDot}
    assert [mark.name for mark in datasets()] == ["e_dot", "e_symbol"]


@pytest.mark.parametrize("distance", [7, 8, 12, 20])
def test_the_diaeresis_sits_its_distance_above_the_centre(distance: int) -> None:
    scene = tight_scene(mark_of(ESymbol()).extents(ESymbol(), distance))
    images, marked = drawn(ESymbol(elastic=None), scene, distance)
    mark = images[marked][0] - images[~marked][0]
    top, left = scene.row - distance - 1, scene.column - 4
    expected = np.zeros(scene.shape, np.float32)
    expected[top : top + 3, left : left + 9] = DIAERESIS
    assert np.array_equal(mark, expected)
    letter = np.zeros(scene.shape, np.float32)
    letter[scene.row - 5 : scene.row + 5, scene.column - 4 : scene.column + 5] = LETTER
    assert np.array_equal(images[~marked][0], letter)


@pytest.mark.parametrize("range_degrees", [60, 180, 360])
def test_the_dot_lies_on_its_sector_of_the_circle(range_degrees: float) -> None:
    dataset = EDot(elastic=None, range_degrees=range_degrees)
    images, marked = drawn(dataset, square_scene(65, 20), 20, 512)
    letter = images[~marked][0]
    rows, columns = np.nonzero(DOT)
    angles = []
    for image in images[marked]:
        y, x = np.nonzero(image - letter)
        y, x = y.min() - rows.min() + 1 - 32, x.min() - columns.min() + 2 - 32
        assert abs(hypot(y, x) - 20) < 1
        angles.append(abs((atan2(x, -y) + pi) % (2 * pi) - pi))  # from straight up
    assert max(angles) <= np.deg2rad(range_degrees) / 2 + 0.05
    assert max(angles) > 0.9 * np.deg2rad(range_degrees) / 2


@pytest.mark.parametrize("dataset", ALL, ids=lambda dataset: f"{dataset.name}-{getattr(dataset, 'range_degrees', '')}")
@pytest.mark.parametrize("distance", [7, 9, 10, 17])
def test_a_tight_canvas_holds_all_that_a_large_one_shows(dataset: AnyDataset, distance: int) -> None:
    dataset = dataset.model_copy(update={"elastic": None})
    tight = scene_of(dataset, Training(), distance)
    large = square_scene(97, distance)
    small, marked = drawn(dataset, tight, distance, 256)
    big, same = drawn(dataset, large, distance, 256)
    assert np.array_equal(marked, same)
    y, x = large.row - tight.row, large.column - tight.column
    assert np.array_equal(big[:, y : y + tight.height, x : x + tight.width], small)
    assert np.allclose(big.sum((1, 2)), small.sum((1, 2)))
    assert tight.height * tight.width < large.height * large.width / 3


def test_an_image_depends_on_its_own_run_alone() -> None:
    scene = scene_of(ESymbol(), Training(), 12)
    together = Samples(ESymbol(), scene, [7, 12, 9], [0, 5, 5]).draw("training", [4, 5, 6], 8)
    alone = Samples(ESymbol(), scene, [12], [5]).draw("training", [6], 8)
    assert torch.equal(together.images[2, 1], alone.images[0, 0])
    assert torch.equal(together.marked[2, 1], alone.marked[0, 0])
    assert not torch.equal(together.images[2, 1], together.images[1, 1])
    evaluation = Samples(ESymbol(), scene, [12], [5]).draw("evaluation", [6], 8)
    assert not torch.equal(evaluation.images, alone.images)


def test_half_of_the_images_bear_the_mark() -> None:
    scene = scene_of(ESymbol(), Training(), 8)
    found = Samples(ESymbol(), scene, [8] * 4, [0, 1, 2, 3]).draw("training", range(64), 16).marked.float()
    assert abs(float(found.mean()) - 0.5) < 0.03
    rare = ESymbol(probability=0.1)
    assert float(Samples(rare, scene, [8], [0]).draw("training", range(64), 16).marked.float().mean()) < 0.15


def test_random_numbers_are_uniform_and_independent() -> None:
    found = uniform(keys([torch.arange(500)]), 400).double()
    assert abs(float(found.mean()) - 0.5) < 0.003
    assert abs(float(found.var()) - 1 / 12) < 0.001
    assert float(found.min()) >= 0
    assert float(found.max()) < 1
    counts = torch.histc(found, 20, 0, 1) / found.numel() * 20
    assert float((counts - 1).abs().max()) < 0.02
    for shifted in (found[1:] * found[:-1], found[:, 1:] * found[:, :-1], found[:, 7:] * found[:, :-7]):
        assert abs(float(shifted.mean()) - 0.25) < 0.002


def test_the_mixer_is_splitmix64() -> None:
    """The first outputs for the seed 1234567, as published with the generator."""
    gamma = 0x9E3779B97F4A7C15
    states = [(1234567 + gamma * step) % (1 << 64) for step in (1, 2, 3)]
    signed = torch.tensor([state - (1 << 64) if state >= 1 << 63 else state for state in states])
    assert [value % (1 << 64) for value in mixed(signed).tolist()] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]


def test_the_distortion_is_as_strong_as_the_seeds() -> None:
    """Its largest displacement on 132 x 132 px is the amplitude, on the average over images."""
    noise = uniform(keys([torch.arange(40)]), 2 * 136 * 136).reshape(40, 2, 136, 136)
    ramp = torch.arange(136.0).expand(40, 1, 136, 136).contiguous()
    shift = (distorted(ramp, Elastic(), noise) - ramp)[:, 0, 2:-2, 2:-2]  # what x was read at, less x
    assert abs(float(shift.amax((1, 2)).mean()) - 1.2) < 0.06
    assert abs(float(shift.mean())) < 0.01


def test_no_distortion_is_the_identity() -> None:
    image = torch.rand(2, 1, 20, 15)
    assert torch.allclose(distorted(image, Elastic(amplitude=0), torch.rand(2, 2, 20, 15)), image, atol=1e-6)


def test_the_spot_is_the_seeds() -> None:
    scene = square_scene(33, 7)
    found = spot(scene, 1.8, device="cpu", dtype=torch.float64)
    assert float(found[16, 16]) == 1
    assert float(found[16, 18]) == pytest.approx(np.exp(-4 / 1.8**2))
    assert float(squared_distances(scene, device="cpu")[18, 13]) == 13


@pytest.mark.parametrize(("side", "distance"), [(32, 13), (48, 21), (17, 7)])
def test_a_mark_beyond_the_canvas_is_refused(side: int, distance: int) -> None:
    with pytest.raises(BadInput, match=rf"mark at {distance} px does not fit a canvas of {side} px") as refused:
        square_scene(side, distance)
    wanted = int(str(refused.value).partition("set it to ")[2].split()[0])
    assert farthest_on(wanted) >= distance
    square_scene(wanted, distance)
