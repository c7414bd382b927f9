"""What figures over depth and studies are drawn from: plain values, no matplotlib."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rfengine.metrics.profile import Curve

Scale = Literal["linear", "log"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PowerLaw:
    """y = factor * x ** exponent."""

    factor: float
    exponent: float

    @classmethod
    def through(cls, x: Sequence[float], y: Sequence[float]) -> "PowerLaw | None":
        """Least squares of log y on log x over the points where both are positive; None of fewer than two x."""
        points = [(a, b) for a, b in zip(x, y, strict=True) if a > 0 and b > 0]
        if len({a for a, _ in points}) < 2:
            return None
        log_x, log_y = np.log(np.array(points)).T
        exponent, logarithm = np.polyfit(log_x, log_y, 1)
        return cls(float(np.exp(logarithm)), float(exponent))

    def at(self, x: Floats) -> Floats:
        """Its y; `x` is positive."""
        y: Floats = self.factor * x**self.exponent
        return y

    @property
    def words(self) -> str:
        """For a legend."""
        return f"slope {self.exponent:.3f}: {self.factor:.3g} · x^{self.exponent:.3f}"


@dataclass(frozen=True)
class LogarithmicLaw:
    """y = intercept + slope * ln x."""

    intercept: float
    slope: float

    def at(self, x: Floats) -> Floats:
        """Its y; `x` is positive."""
        y: Floats = self.intercept + self.slope * np.log(x)
        return y

    @property
    def words(self) -> str:
        """For a legend."""
        return f"{self.intercept:.4g} {signed(self.slope)} · ln x"


@dataclass(frozen=True)
class LinearLaw:
    """y = intercept + slope * x."""

    intercept: float
    slope: float

    def at(self, x: Floats) -> Floats:
        """Its y."""
        y: Floats = self.intercept + self.slope * x
        return y

    @property
    def words(self) -> str:
        """For a legend."""
        return f"{self.intercept:.4g} {signed(self.slope)} · x"


Law = PowerLaw | LogarithmicLaw | LinearLaw


def signed(value: float) -> str:
    """A number with its sign set off: `+ 0.5`."""
    return f"{'+' if value >= 0 else '−'} {abs(value):.4g}"


@dataclass(frozen=True)
class Series:
    """One curve of a study: points, with `error` as half the length of the bars at each where it is known.

    Points with a `fit` are joined by its curve alone.
    """

    label: str
    x: Sequence[float]
    y: Sequence[float]
    error: Sequence[float] | None = None
    fit: Law | None = None


@dataclass(frozen=True)
class Study:
    """A figure of several series. `notes`: lines under the title: what was done, with which policy, how often."""

    title: str
    x: str
    y: str
    series: Sequence[Series]
    notes: Sequence[str] = ()
    x_scale: Scale = "linear"
    y_scale: Scale = "linear"
    guides: Mapping[str, PowerLaw] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class DepthProfile:
    """The axis profile of one layer: shares of the map's maximum over the distance, px. `depth`: layers up to there."""

    label: str
    depth: int
    profile: Curve


@dataclass(frozen=True)
class DepthSize:
    """The sizes of one layer, px. `energy_side`: by percentage, as in the report's metrics."""

    depth: int
    trf: float
    luo_size: float
    energy_side: Mapping[str, float]
