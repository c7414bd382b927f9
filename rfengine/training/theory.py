"""What theory says of a network that a sweep trains: how far the letter's unit can see, and how far it looks."""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from api_schemas.erf import DEFAULT_LEVEL, ClosedFormOptions, ConstantForwardOptions, UnitAt
from api_schemas.initialisers import AnyInitialiser
from api_schemas.sweep_result import Radii
from rfengine.comparisons import weighted_depths
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators.approximations import approximations
from rfengine.estimators.closed_form import closed_form
from rfengine.estimators.constant_forward import constant_forward
from rfengine.estimators.erf import ErfMap, Subject, Unit
from rfengine.estimators.units import unit_of
from rfengine.metrics import measure
from rfengine.training.network import Network
from rfengine.training.scenes import Canvas

# Sides of the images that fields are looked at on, px, or what the network takes instead: the first on which the field
# lies whole, or else the last.
SIDES = (65, 129, 257, 513)


@dataclass(frozen=True)
class Reach:
    """The unit that sees an image's middle: its theoretical field, and what it takes to look closer."""

    subject: Subject
    unit: Unit

    @property
    def radius(self) -> float:
        """From the field's centre to its last pixel along the longer axis, px."""
        return max((last - first) / 2 for first, last in self.unit.hull)

    @property
    def depth(self) -> int:
        """Layers with weights on the longest way to the target."""
        return weighted_depths(self.subject.fields.graph)[self.unit.target]


def reach(network: Network) -> Reach:
    """How far a network can see.

    Raises:
        BadInput: it cannot be built.
    """
    found: Reach | None = None
    for canvas in dict.fromkeys(map(network.canvases.fitting, SIDES)):
        try:
            found = _reach_on(network, canvas)
        except BadInput:  # a network of one size
            continue
        if all(first >= 0 and last < side for (first, last), side in zip(found.unit.hull, canvas, strict=True)):
            break
    return found or _reach_on(network, network.least)


def _reach_on(network: Network, canvas: Canvas) -> Reach:
    fields, target = network.fields(canvas)
    height, width = canvas
    return Reach(Subject(fields), unit_of(fields, target, UnitAt(at=(height / 2, width / 2))))


def radii(reached: Reach, init: AnyInitialiser | None, depth: int | None) -> Radii:
    """The radii of a network before training, px.

    Args:
        reached: its unit.
        init: what the weights are drawn from; None: they are given, and there is no closed form.
        depth: of the seed's nets: then 3 sqrt(depth) stands beside.
    """
    subject, unit = reached.subject, reached.unit
    chain = approximations(subject.fields, level=DEFAULT_LEVEL)[unit.source].get(unit.target)
    drawn = None if init is None else ClosedFormOptions(weights=init)
    return Radii(
        trf=reached.radius,
        three_sqrt_depth=None if depth is None else 3 * sqrt(depth),
        clt=None if chain is None else max(chain.clt_radius),
        constant_forward=_radius(lambda: constant_forward(subject, [unit], ConstantForwardOptions())),
        closed_form=None if drawn is None else _radius(lambda: closed_form(subject, [unit], drawn)),
    )


def _radius(maps: Callable[[], list[ErfMap]]) -> float | None:
    """Largest axis distance at or above the level; None where the estimator has no answer."""
    try:
        (erf,) = maps()
    except NotEstimable:
        return None
    metrics = measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=(DEFAULT_LEVEL,))
    radius = metrics.radius_px.axis.get(str(DEFAULT_LEVEL))
    return None if radius is None else float(radius)
