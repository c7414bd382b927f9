"""What holds for every initialiser of the registry."""

import subprocess
import sys
from typing import get_args

import numpy as np
import pytest

from api_schemas.initialisers import (
    AnyInitialiser,
    CentreSuppressed,
    Circular,
    Constant,
    Decomposed,
    Dirac,
    He,
    Orthogonal,
    Shifted,
    Uniform,
    Xavier,
    entries,
)
from rfengine.errors import BadInput, NotEstimable
from rfengine.initialisers import Layer, draw, generator_of, initialisers, placed, tap_variance
from rfengine.initialisers.registry import register
from tests.initialisers.cases import CASES, NETWORK, conv, transposed

DRAWN = [
    init for init in CASES if init.name in ("he", "xavier", "uniform", "shifted", "centre_suppressed", "orthogonal")
]
OTHERS = [init for init in CASES if init not in DRAWN]
BY_NAME = {layer.name: layer for layer in NETWORK}


def _words(value: object) -> str:
    return value.name if isinstance(value, Layer) else repr(value)


def drawn(init: AnyInitialiser, layer: Layer, seed: int = 0) -> np.ndarray:
    return draw(init, layer, generator_of(seed, layer.name))


def test_every_initialiser_has_a_case():
    assert {init.name for init in CASES} == {entry.name for entry in initialisers()}


def test_the_catalogue_is_the_registry():
    assert {entry.model for entry in initialisers()} == set(get_args(AnyInitialiser))
    assert [entry.name for entry in entries()] == [entry.name for entry in initialisers()]
    for listed, entry in zip(entries(), initialisers(), strict=True):
        assert set(listed.parameters) == set(entry.model.model_fields) - {"name"}
        assert listed.title.endswith((".", ";"))


def test_an_initialiser_is_refused_twice():
    with pytest.raises(ValueError, match="initialiser 'circular' is registered twice"):
        register(initialisers()[1])


@pytest.mark.parametrize("layer", NETWORK, ids=_words)
@pytest.mark.parametrize("init", CASES, ids=_words)
def test_a_draw_has_the_layers_shape_and_depends_on_the_seed_alone(init: AnyInitialiser, layer: Layer):
    weight = drawn(init, layer)
    assert weight.shape == layer.shape
    assert np.isfinite(weight).all()
    np.testing.assert_array_equal(weight, drawn(init, layer))
    assert layer.stored(weight).shape == layer.stored_shape
    np.testing.assert_array_equal(layer.canonical(layer.stored(weight)), weight)


@pytest.mark.parametrize("init", DRAWN, ids=_words)
def test_seeds_and_names_draw_differently(init: AnyInitialiser):
    layer = BY_NAME["stem"]
    assert not np.array_equal(drawn(init, layer), drawn(init, layer, seed=1))
    assert not np.array_equal(drawn(init, layer), draw(init, layer, generator_of(0, "another")))


VARIED = [
    *(layer for layer in NETWORK if layer.is_spatial),
    conv("wide", 24, 8, 5, 7),
    conv("line", 24, 8, 5),
    conv("volume", 8, 4, 3, 3, 5),
]


@pytest.mark.parametrize("layer", VARIED, ids=_words)
@pytest.mark.parametrize("init", DRAWN, ids=_words)
def test_a_weights_variance_is_as_told_at_every_tap(init: AnyInitialiser, layer: Layer):
    draws = np.stack([drawn(init, layer, seed) for seed in range(60)])
    samples = draws.reshape(-1, *layer.kernel)
    expected = tap_variance(init, layer)
    assert expected.shape == layer.kernel
    # The variance of a normal sample's variance is 2 sigma^4 / n; that of a uniform one is less.
    spread = 6 * np.sqrt(2 / len(samples))
    if expected.any():
        some = expected > 0
        np.testing.assert_allclose(np.mean(samples**2, 0)[some], expected[some], rtol=spread)
        assert (np.abs(samples.mean(0)) <= 6 * np.sqrt(expected / len(samples))).all()
    assert not samples[:, expected == 0].any()


@pytest.mark.parametrize("name", ["matrix", "stack", "skip"])
@pytest.mark.parametrize("init", [He(), Xavier(), Uniform(), CentreSuppressed(), Orthogonal()], ids=_words)
def test_a_matrix_and_a_1x1_kernel_are_one_tap(init: AnyInitialiser, name: str):
    layer = BY_NAME[name]
    samples = np.stack([drawn(init, layer, seed) for seed in range(100)])
    np.testing.assert_allclose(samples.var(), tap_variance(init, layer), rtol=6 * np.sqrt(2 / samples.size))


@pytest.mark.parametrize("init", OTHERS, ids=_words)
def test_what_is_no_independent_draw_says_so(init: AnyInitialiser):
    with pytest.raises(
        NotEstimable, match=f"layer 'stem' .*'{init.name}' has no variance per tap: .* use one of centre"
    ):
        tap_variance(init, BY_NAME["stem"])


def test_the_shifted_nets_skips_are_fixed():
    with pytest.raises(NotEstimable, match=r"layer 'skip' .*filled with 0.9 / Cin"):
        tap_variance(Shifted(), BY_NAME["skip"])


@pytest.mark.parametrize("kernel", [(2, 2), (3, 2), (1, 3), (4, 4)])
@pytest.mark.parametrize("name", ["shifted", "decomposed", "circular", "circular_v2"])
def test_a_kernel_without_a_centre_and_two_sides_is_refused(name: str, kernel: tuple[int, ...]):
    init = next(case for case in CASES if case.name == name)
    (layer,) = placed([conv("odd", 4, 4, *kernel)])
    with pytest.raises(BadInput, match=rf"layer 'odd' \[4, 4, .*'{name}' needs an odd kernel .* fit this layer: .*he"):
        drawn(init, layer)


def test_the_identity_needs_a_centre_tap():
    with pytest.raises(BadInput, match="'dirac' needs an odd kernel"):
        drawn(Dirac(), conv("even", 4, 4, 2, 2))
    assert drawn(Dirac(), conv("line", 4, 4, 1, 3)).sum() == 4


@pytest.mark.parametrize("init", [Decomposed(), Circular()], ids=_words)
def test_a_network_without_kernels_is_refused(init: AnyInitialiser):
    with pytest.raises(BadInput, match="the network has none"):
        drawn(init, placed([conv("skip", 4, 4, 1, 1)])[0])


def test_rays_lie_in_a_plane():
    with pytest.raises(BadInput, match="'circular' needs two spatial axes, and the kernel has 1"):
        drawn(Circular(), placed([conv("line", 4, 4, 3)])[0])


def test_a_constant_takes_no_memory():
    for layer in NETWORK:
        weight = drawn(Constant(), layer)
        assert not any(weight.strides)
        assert not any(layer.stored(weight).strides)


@pytest.mark.parametrize("layer", [conv("tall", 32, 4, 3, 3), conv("flat", 4, 32, 3, 3)], ids=_words)
def test_orthogonal_rows_or_columns(layer: Layer):
    matrix = drawn(Orthogonal(gain=2.0), layer).reshape(layer.outgoing, -1)
    gram = matrix @ matrix.T if len(matrix) <= matrix.shape[1] else matrix.T @ matrix
    np.testing.assert_allclose(gram, 4 * np.eye(len(gram)), atol=1e-12)


@pytest.mark.parametrize("groups", [1, 2, 8])
def test_dirac_passes_every_map(groups: int):
    torch = pytest.importorskip("torch")
    weight = torch.from_numpy(drawn(Dirac(), conv("d", 8, 8, 3, 5, groups=groups)).copy())
    image = torch.arange(8.0 * 6 * 7).reshape(1, 8, 6, 7)
    assert torch.equal(torch.nn.functional.conv2d(image, weight, padding=(1, 2), groups=groups), image)


@pytest.mark.parametrize("groups", [1, 2])
def test_a_transposed_convolution_computes_what_its_canonical_weight_does(groups: int):
    import torch
    import torch.nn.functional as F

    layer = transposed("t", 6, 4, 3, 5, groups=groups)
    weight = drawn(Shifted(), layer)
    image = torch.randn(1, 4, 9, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    canonical = F.conv2d(image, torch.from_numpy(weight.copy()), padding=(1, 2), groups=groups)
    stored = torch.from_numpy(layer.stored(weight).copy())
    direct = F.conv_transpose2d(image, stored, padding=(1, 2), groups=groups)
    torch.testing.assert_close(direct, canonical)


@pytest.mark.parametrize("kernel", [(3, 3), (5, 5), (2, 2), (1, 1), (3,), (3, 3, 3)])
@pytest.mark.parametrize("centre", [0.0, 0.1, 1.0])
def test_a_suppressed_centre_keeps_the_total_variance_of_he(centre: float, kernel: tuple[int, ...]):
    layer = conv("c", 4, 4, *kernel)
    variance = tap_variance(CentreSuppressed(centre=centre), layer)
    assert variance.sum() == pytest.approx(tap_variance(He(), layer).sum())
    if centre == 1 or max(kernel) < 3:
        np.testing.assert_allclose(variance, tap_variance(He(), layer))
    else:
        middle = tuple(size // 2 for size in kernel)
        assert np.sqrt(variance[middle] / variance.max()) == pytest.approx(centre)


def test_places_count_kernels_only():
    assert [(layer.index, layer.count, layer.width) for layer in NETWORK] == [
        (0, 6, 16),
        (1, 6, 16),
        (None, 6, 16),
        (2, 6, 16),
        (3, 6, 16),
        (4, 6, 16),
        (None, 6, 16),
        (None, 6, 16),
        (5, 6, 16),
    ]
    assert [layer.is_last for layer in NETWORK if layer.is_spatial] == [False] * 5 + [True]


def test_the_room_is_light():
    heavy = "import sys, rfengine.initialisers; print(sorted({'torch', 'onnx'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
