"""Size, stride and offset estimated from gradient maps alone, as the package receptivefield does (seed 002).

    size      extent of the pixels where the centre unit's map is not zero
    stride    half the way from the middle of the previous unit's extent to that of the next one's
    offset    middle of unit 0's extent, in the edge convention

Where an extent touches the image's border it may be cut. The offset is then taken along the stride, from the centre
unit. An estimate is a measurement: pixels that dead activations hide make it smaller than the theoretical field.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from api_schemas.report import Estimated
from rfengine.estimators.analytic import Fields
from rfengine.estimators.erf import ErfMap, Unit
from rfengine.estimators.units import centre_unit, seen_by, unit_at
from rfengine.graph import Array

Interval = tuple[int, int]

# Middles are halves of whole numbers, strides halves of those.
EXACTLY = 1e-9


def units_for(fields: Fields, target: str) -> list[Unit]:
    """The units whose maps an estimate needs: the centre, and per axis its neighbours and the unit 0."""
    centre = centre_unit(fields, target).index
    extent = fields.extent(target)
    assert extent is not None, f"{target} is a target, so it has spatial axes"
    wanted = [
        (*centre[:axis], i, *centre[axis + 1 :])
        for axis, n in enumerate(extent)
        for i in (centre[axis], centre[axis] - 1, centre[axis] + 1, 0)
        if 0 <= i < n
    ]
    return [unit_at(fields, target, index) for index in dict.fromkeys(wanted)]


def estimated(fields: Fields, target: str, maps: Sequence[ErfMap]) -> Estimated:
    """What the maps say of the target, beside what the calculus says.

    Args:
        fields: the receptive fields of the graph.
        target: the feature map.
        maps: of the units of `units_for`, among others.
    """
    by_index = {erf.unit.index: erf for erf in maps}
    centre = centre_unit(fields, target)
    found = [_along(axis, centre, by_index) for axis in range(len(centre.index))]
    _, tracks = seen_by(fields, target)
    theory = [(max(t.map.sizes), float(t.map.slope), float(t.map.centre(0) or 0)) for t in tracks]
    why = [
        f"{name}: measured {_shown([f[i] for f in found])}, by the calculus {_shown([t[i] for t in theory])}"
        for i, name in enumerate(("size", "stride", "offset"))
        if any(not _same(f[i], t[i]) for f, t in zip(found, theory, strict=True))
    ]
    if why and _is_cut(by_index[centre.index]):
        why.append("the centre unit's map reaches the image's border, where it is cut; use a larger image")
    elif why:
        why.append("pixels that dead activations or equal weights hide are not measured")
    return Estimated(
        size=[size for size, _, _ in found],
        stride=[stride for _, stride, _ in found],
        offset=[offset for _, _, offset in found],
        agrees=not why,
        reasons=tuple(why),
    )


def _along(axis: int, centre: Unit, maps: Mapping[tuple[int, ...], ErfMap]) -> tuple[int, float | None, float | None]:
    """Size, stride and offset along one axis; None where one unit cannot tell."""
    c = centre.index[axis]

    def interval(i: int) -> Interval | None:
        index = (*centre.index[:axis], i, *centre.index[axis + 1 :])
        return support(maps[index].values)[axis] if index in maps else None

    own = interval(c)
    assert own is not None, "an estimator gives no map that is zero"
    around = {i: seen for i in (c - 1, c, c + 1) if (seen := interval(i)) is not None}
    low, high = min(around), max(around)
    stride = (_middle(around[high]) - _middle(around[low])) / (high - low) if high > low else None
    first, last = interval(0), centre.canvas[axis] - 1
    is_whole = first is not None and (first[1] - first[0] == own[1] - own[0] or 0 < first[0] <= first[1] < last)
    if first is not None and (is_whole or stride is None):
        offset: float | None = _middle(first)
    else:
        offset = None if stride is None else _middle(own) - c * stride
    return own[1] - own[0] + 1, stride, offset


def support(values: Array) -> tuple[Interval, ...]:
    """First and last index per axis where a map is not zero; it is not zero everywhere."""
    places = np.nonzero(values)
    return tuple((int(place.min()), int(place.max())) for place in places)


def _middle(interval: Interval) -> float:
    return (interval[0] + interval[1] + 1) / 2


def _is_cut(erf: ErfMap) -> bool:
    along = zip(support(erf.values), erf.unit.canvas, strict=True)
    return any(first == 0 or last == n - 1 for (first, last), n in along)


def _same(measured: float | None, exact: float) -> bool:
    return measured is None or abs(measured - exact) < EXACTLY


def _shown(values: Sequence[float | None]) -> str:
    return " x ".join("?" if value is None else f"{value:g}" for value in values)
