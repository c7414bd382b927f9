"""Maps with known answers, and the strategy that draws arbitrary ones."""

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def conv3_profile(layers: int) -> Floats:
    """What a chain of conv3 layers of ones sees along one axis, summing to 1."""
    line = np.ones(1)
    for _ in range(layers):
        line = np.convolve(line, np.ones(3) / 3)
    return line


def conv3_chain(layers: int) -> tuple[Floats, tuple[float, ...], tuple[int, ...]]:
    """Map, centre and theoretical size of a chain of conv3 layers of ones."""
    line = conv3_profile(layers)
    n = len(line)
    return np.outer(line, line), (n / 2, n / 2), (n, n)


def sampled_gaussian(
    shape: tuple[int, int], centre: tuple[float, float], sigma: tuple[float, float], theta: float
) -> Floats:
    """A Gaussian at the pixel centres; sigma[0] along the axis at angle theta from w towards h."""
    y = np.arange(shape[0])[:, None] + 0.5 - centre[0]
    x = np.arange(shape[1])[None, :] + 0.5 - centre[1]
    along = x * np.cos(theta) + y * np.sin(theta)
    across = -x * np.sin(theta) + y * np.cos(theta)
    return np.exp(-0.5 * ((along / sigma[0]) ** 2 + (across / sigma[1]) ** 2))


@st.composite
def maps(draw: st.DrawFn, axes: int = 2) -> tuple[Floats, tuple[float, ...]]:
    """A small map of whole numbers (so that sums and comparisons are exact) and a centre on or between its pixels."""
    shape = tuple(draw(st.integers(1, 7)) for _ in range(axes))
    cells = draw(st.lists(st.integers(0, 50), min_size=int(np.prod(shape)), max_size=int(np.prod(shape))))
    erf = np.array(cells, dtype=float).reshape(shape)
    erf.flat[draw(st.integers(0, erf.size - 1))] += 1
    centre = tuple(draw(st.integers(-2, 2 * n + 2)) / 2 for n in shape)
    return erf, centre
