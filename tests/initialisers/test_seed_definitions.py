"""Seed 000's initialisers against its definitions, written out as loops."""

import math

import numpy as np
import pytest

from api_schemas.initialisers import Circular, CircularV2, Decomposed, Shifted, Xavier
from rfengine.initialisers import Layer, draw, generator_of, placed
from tests.initialisers.cases import conv, seeds_net


def drawn(init: Circular | CircularV2 | Decomposed | Shifted | Xavier, layer: Layer) -> np.ndarray:
    return draw(init, layer, generator_of(init.seed, layer.name))


def xavier(layer: Layer, generator: np.random.Generator) -> np.ndarray:
    out, into = layer.shape[:2]
    bound = np.float32(math.sqrt(6 / (9 * into + 9 * out)))
    return (2 * generator.random(layer.shape, np.float32) - 1) * bound


@pytest.mark.parametrize("layer", seeds_net(4), ids=lambda layer: layer.name)
def test_xavier(layer: Layer):
    np.testing.assert_array_equal(drawn(Xavier(), layer), xavier(layer, generator_of(0, layer.name)))


@pytest.mark.parametrize("layer", seeds_net(4), ids=lambda layer: layer.name)
def test_shifted(layer: Layer):
    normal = generator_of(0, layer.name).standard_normal(layer.shape)
    out, into = layer.shape[:2]
    expected = normal * math.sqrt(6 / (3 * into + 3 * out))
    for o in range(out):
        for i in range(into):
            for row in (1, 2):
                expected[o, i, row] *= 0.01
    np.testing.assert_allclose(drawn(Shifted(), layer), expected, rtol=1e-12)


def test_skips_of_the_shifted_net():
    assert (drawn(Shifted(), conv("skip", 2, 16, 1, 1)) == 0.9 / 16).all()


def seeds_order(depth: int) -> list[int]:
    phi = 2 * math.pi / (2 * depth + 1)
    ks = sorted(range(1, depth + 1), key=lambda k: abs(2 * math.cos(k * phi)))
    for pair in range(depth // 2):
        ks[2 * pair : 2 * pair + 2] = ks[2 * pair + 1], ks[2 * pair]
    return ks


@pytest.mark.parametrize("depth", [1, 2, 5, 8])
def test_decomposed(depth: int):
    phi = 2 * math.pi / (2 * depth + 1)
    for layer, k in zip(seeds_net(depth), seeds_order(depth), strict=True):
        noise = generator_of(0, layer.name).uniform(-0.001, 0.001, (3, 3))
        v = (1, -2 * math.cos(k * phi), 1)
        expected = np.zeros(layer.shape)
        for o in range(layer.shape[0]):
            for i in range(layer.shape[1]):
                for y in range(3):
                    for x in range(3):
                        expected[o, i, y, x] = (v[y] * v[x] + noise[y, x]) / layer.shape[1] * 0.9
        np.testing.assert_allclose(drawn(Decomposed(), layer), expected, rtol=1e-12, atol=1e-15)


def partial_products(depth: int, order: str) -> list[np.ndarray]:
    """Of the first, first two, ... kernels along one axis, exactly as they are drawn."""
    init = Decomposed(noise=0, decay=1, order=order)
    lines = [drawn(init, layer)[0, 0, 0] * layer.incoming for layer in seeds_net(depth)]
    products = [np.ones(1)]
    for line in lines:
        products.append(np.convolve(products[-1], line))
    return products[1:]


@pytest.mark.parametrize("order", ["seed", "balanced"])
@pytest.mark.parametrize("depth", [1, 2, 3, 8, 13, 20])
def test_either_order_multiplies_to_ones(depth: int, order: str):
    np.testing.assert_allclose(partial_products(depth, order)[-1], np.ones(2 * depth + 1), atol=1e-6)


def test_the_seeds_order_stays_positive_and_the_balanced_one_small():
    for depth in (8, 16, 32, 64):
        assert min(product.min() for product in partial_products(depth, "seed")) > -1e-6
        assert max(abs(product).max() for product in partial_products(depth, "balanced")) < 2.1
    seeds = [max(product.max() for product in partial_products(depth, "seed")) for depth in (16, 32)]
    assert (seeds[1] / seeds[0]) ** (1 / 16) == pytest.approx(1.36, abs=0.01)


def _impulse_through(depth: int, order: str) -> np.ndarray:
    """What float32 makes of an impulse."""
    init, side = Decomposed(noise=0, decay=1, order=order), 2 * depth + 1
    image = np.zeros((side, side), np.float32)
    image[depth, depth] = 1
    for layer in seeds_net(depth):
        kernel = drawn(init, layer)[0, 0].astype(np.float32) * np.float32(layer.incoming)
        padded, image = np.pad(image, 1), np.zeros_like(image)
        for y in range(3):
            for x in range(3):
                image += kernel[y, x] * padded[y : y + side, x : x + side]
    return image


def test_the_balanced_order_lasts_where_the_seeds_rounds_to_nothing():
    assert np.abs(_impulse_through(8, "seed") - 1).max() < 1e-3
    assert np.abs(_impulse_through(20, "seed") - 1).max() > 1
    assert np.abs(_impulse_through(20, "balanced") - 1).max() < 0.01


def rays(init: Circular | CircularV2, depth: int, maps: int) -> list[list[tuple[int, int]]]:
    """Per layer and map, (dx, dy)."""
    if init.range_degrees == 360:
        angles = [2 * math.pi * m / maps for m in range(maps)]
    else:
        half = math.radians(init.range_degrees) / (2 if init.matched else 1)
        angles = [3 * math.pi / 2 - half + 2 * half * m / (maps - 1) for m in range(maps)]
    points = [[(round(r * math.cos(a)), round(r * math.sin(a))) for a in angles] for r in range(depth + 1)]
    return [[(q[0] - p[0], q[1] - p[1]) for p, q in zip(points[i], points[i + 1], strict=True)] for i in range(depth)]


# No ray of these at 30 or 60 degrees, where r / 2 is rounded: half a px is a matter of the last digit.
RANGES = [(360, False), (170, False), (170, True), (97, True)]


@pytest.mark.parametrize(("degrees", "matched"), RANGES)
def test_circular(degrees: float, matched: bool):
    init, depth, maps = Circular(range_degrees=degrees, matched=matched), 9, 16
    moves = rays(init, depth, maps)
    for i, layer in enumerate(seeds_net(depth, maps)):
        expected = xavier(layer, generator_of(0, layer.name))
        out, into = layer.shape[:2]
        if i == depth - 1:
            expected[:, :, 1, 1] = 1
        else:
            for m in range(maps):
                dx, dy = moves[i][m]
                expected[min(m, out - 1), min(m, into - 1), 1 + dy, 1 + dx] = 0.2
        np.testing.assert_array_equal(drawn(init, layer), expected)


@pytest.mark.parametrize(("degrees", "matched"), RANGES)
def test_circular_v2(degrees: float, matched: bool):
    init, depth, maps = CircularV2(range_degrees=degrees, matched=matched), 9, 16
    moves = rays(init, depth, maps)
    for i, layer in enumerate(seeds_net(depth, maps)):
        generator = generator_of(0, layer.name)
        expected = xavier(layer, generator)
        out, into = layer.shape[:2]
        if i < depth - 1:
            expected = expected * np.float32(0.6)
            fresh = xavier(layer, generator)
            for m in range(maps):
                dx, dy = moves[i][m]
                o, n = min(m, out - 1), min(m, into - 1)
                for y in range(3):
                    for x in range(3):
                        if 0 <= y - dy < 3 and 0 <= x - dx < 3:
                            expected[o, n, y, x] = fresh[o, n, y - dy, x - dx]
        np.testing.assert_array_equal(drawn(init, layer), expected)


@pytest.mark.parametrize("init", [Circular(), CircularV2(), Decomposed()], ids=lambda init: init.name)
def test_skips_are_silent(init: Circular | CircularV2 | Decomposed):
    *_, skip = placed([*seeds_net(4), conv("skip", 2, 16, 1, 1)])
    assert not drawn(init, skip).any()


def test_a_map_of_the_circular_net_sees_its_dot():
    """The chain [m, m] adds up to the ray's end, where the net must look for the dot."""
    depth, maps = 12, 16
    places = np.zeros((maps, 2), int)
    for layer in seeds_net(depth + 1, maps)[:-1]:
        weight = drawn(Circular(amplitude=100.0), layer)
        for m in range(maps):
            dy, dx = np.argwhere(weight[m, min(m, layer.incoming - 1)] == 100)[0] - 1
            places[m] += dy, dx
    for m, (y, x) in enumerate(places):
        angle = 2 * math.pi * m / maps
        assert (y, x) == (round(depth * math.sin(angle)), round(depth * math.cos(angle)))
