"""Where learning ends: a logistic fit that single failed trainings do not move, with its interval.

A training at distance d (px) learns with probability

    p(d) = luck + (1 - lapse - luck) / (1 + exp((d - b) / w))        accuracy(d) = 0.5 + 0.5 p(d)

b is the boundary, px: without lapses and luck the accuracy crosses 0.75 there. w is the scale of the transition, px.
`lapse` is the share of trainings within reach that fail all the same, `luck` that of those out of reach that succeed.
This is the psychometric function of Wichmann and Hill, Perception & Psychophysics 63 (2001) 1293, section "lapses".

Outcomes are bimodal: the many answers that one accuracy counts come from one network, which has learnt or has not. So
a training weighs as one trial, not as 256; its share learnt, y, is 0 at chance and 1 at 1, and ln likelihood =
y ln p + (1 - y) ln(1 - p). A partial success, y near 0.5, says that the boundary is near.

The posterior over (b, w, lapse) is summed on a grid. Priors: b even from 4 px below the range to 4 px above; w
log-normal about 0.6 px, a factor of 2 either way, which is what the rows that the seed published need; lapse as
Beta(1, 3), cut at 0.5. The boundary is the posterior's median in b, the interval its central 95 %.

A training whose accuracy is None broke for a reason of its own (losses that are no numbers). It says nothing about
the distance and is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rfengine.training.cells import Outcome

Floats = NDArray[np.float64]

MARGIN, STEP = 4.0, 0.2  # px; how far the grid goes past the range on both sides, and its step in b
_LAPSE_EDGES = np.array([0, 0.01, 0.03, 0.07, 0.15, 0.25, 0.35, 0.45, 0.55])
WIDTHS = np.geomspace(0.15, 3.0, 8)  # px
LAPSES = (_LAPSE_EDGES[1:] + _LAPSE_EDGES[:-1]) / 2
LUCK = 0.005
ERRORS = 2  # standard errors of an accuracy by chance that are taken for chance, at both ends
# From which probability a boundary out of the range is called so. A failure tells less than a success: a row in which
# every distance fails once reaches 0.87 for below, one in which every distance is learnt 0.95 for above.
SURE_BELOW, SURE_ABOVE = 0.7, 0.8

_WIDTH_PRIOR = np.exp(-0.5 * (np.log(WIDTHS / 0.6) / np.log(2)) ** 2)
_LAPSE_PRIOR = -np.diff((1 - _LAPSE_EDGES) ** 3)


@dataclass(frozen=True, slots=True)
class Boundary:
    """The verdict on one network. `px` and `interval` lie on the grid: 4 px past the range means "or further"."""

    kind: Literal["found", "below", "above", "open"]
    px: float | None = None  # None where below or above; a first guess where open
    interval: tuple[float, float] | None = None  # px, 95 %
    width: float | None = None  # px, posterior mean
    lapse: float | None = None  # the most probable


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is thought of (b, w, lapse)."""

    b: Floats  # [b] px
    mass: Floats  # [b, width, lapse], sums to 1

    @property
    def of_b(self) -> Floats:
        """Probability of each b."""
        return np.asarray(self.mass.sum((1, 2)))

    def quantiles(self, *shares: float) -> tuple[float, ...]:
        """The b, px, below which each share of the probability lies."""
        of_b = self.of_b
        return tuple(float(each) for each in np.interp(shares, of_b.cumsum() - of_b / 2, self.b))

    def times(self, weights: Floats) -> "Belief":
        """After evidence whose likelihood is `weights`, of a shape that broadcasts to the mass."""
        mass = self.mass * weights
        return Belief(self.b, mass / mass.sum())


def fit_boundary(outcomes: Iterable[Outcome], distances: tuple[int, ...]) -> Boundary:
    """The verdict of the trainings so far, whatever their order.

    `below` and `above`: the boundary lies out of the range with a probability of 0.7 and 0.8 or more. `open`: nothing
    is known, the median lies out of the range without that certainty, or the interval is longer than half the range
    and its margins.

    Args:
        outcomes: trainings that have ended; one told twice counts once.
        distances: those that may be asked, px, rising; the range is from the first to the last.
    """
    told = frozenset(outcomes)
    if not measured(told):
        return Boundary("open")
    found = belief(told, distances)
    low, px, high = found.quantiles(0.025, 0.5, 0.975)
    width = float(found.mass.sum((0, 2)) @ WIDTHS)
    lapse = float(LAPSES[np.argmax(found.mass.sum((0, 1)) / np.diff(_LAPSE_EDGES))])
    least, largest = distances[0], distances[-1]
    if found.of_b[found.b < least].sum() >= SURE_BELOW:
        return Boundary("below")
    if found.of_b[found.b > largest].sum() >= SURE_ABOVE:
        return Boundary("above", lapse=lapse)
    settled = least <= px <= largest and high - low <= (largest - least + 2 * MARGIN) / 2
    return Boundary("found" if settled else "open", px, (low, high), width, lapse)


def measured(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Those with an accuracy, in one order."""
    told = [each for each in outcomes if each.accuracy is not None and not np.isnan(each.accuracy)]
    return sorted(told, key=lambda each: (each.distance, each.seed, each.accuracy))


def share_learnt(outcome: Outcome) -> float:
    """y in 0 ... 1: (accuracy - 0.5) / 0.5, with what chance alone can do cut off at both ends."""
    assert outcome.accuracy is not None
    noise = ERRORS * (0.25 / outcome.samples) ** 0.5
    return float(np.clip((outcome.accuracy - 0.5 - noise) / max(0.5 - 2 * noise, 0.01), 0, 1))


def belief(outcomes: Iterable[Outcome], distances: tuple[int, ...]) -> Belief:
    """The posterior after the outcomes, on the grid of this range."""
    b = np.arange(distances[0] - MARGIN, distances[-1] + MARGIN + STEP / 2, STEP)
    log = np.zeros((len(b), len(WIDTHS), len(LAPSES))) + np.log(_WIDTH_PRIOR[:, None] * _LAPSE_PRIOR)
    for outcome in measured(outcomes):
        p, y = success(b, outcome.distance), share_learnt(outcome)
        log += y * np.log(p) + (1 - y) * np.log1p(-p)
    mass = np.exp(log - log.max())
    return Belief(b, np.asarray(mass / mass.sum()))


def within_reach(b: Floats, distance: int | Floats) -> Floats:
    """1 / (1 + exp((d - b) / w)) [..., b, width], of one distance or of those in an array [..., 1, 1]."""
    return np.asarray(0.5 + 0.5 * np.tanh((b[:, None] - distance) / (2 * WIDTHS)), np.float64)


def success(b: Floats, distance: int) -> Floats:
    """p [b, width, lapse] that a training at this distance learns."""
    return np.asarray(LUCK + (1 - LAPSES - LUCK) * within_reach(b, distance)[..., None])
