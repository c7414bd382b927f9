"""Units by what a caller says of them: centre, edge, corner, an index, or a point of the image."""

from collections.abc import Sequence

from api_schemas.erf import UnitAt, UnitChoice
from rfengine.calculus.field import AxisField
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators.analytic import Fields
from rfengine.estimators.erf import Unit

Index = tuple[int, ...]


def seen_by(fields: Fields, target: str) -> tuple[str, tuple[AxisField, ...]]:
    """The first input that a target sees, and what its units see along each of that input's axes.

    Raises:
        BadInput: it sees none, since no unit is left of it for images of this size.
    """
    found = next(iter(fields.spatial(target).items()), None)
    if found is None:
        sizes = ", ".join(f"'{name}' of {' x '.join(map(str, fields.canvas(name)))} px" for name in fields.by_input)
        raise BadInput(
            f"'{target}' has no units for {sizes}; give a larger image (input_shape, or constant_forward.canvas), "
            "or name an earlier target"
        )
    return found


def centre_unit(fields: Fields, target: str) -> Unit:
    """The unit n // 2 along every axis of a target, relative to the first input it sees."""
    return unit_of(fields, target, "centre")


def units_of(fields: Fields, target: str, choices: Sequence[UnitChoice]) -> list[Unit]:
    """The units that some choices mean, in their order; two that mean one unit give it once.

    Raises: as `unit_of` does.
    """
    units = [unit_of(fields, target, choice) for choice in choices]
    return list({unit.index: unit for unit in units}.values())


def unit_of(fields: Fields, target: str, choice: UnitChoice) -> Unit:
    """The unit of a target that a choice means, relative to the first input that the target sees.

    Args:
        fields: the receptive fields of the graph.
        target: a feature map.
        choice: 'centre' (n // 2), 'edge' (first row, centre column), 'corner' (first along every axis), an index per
            axis, or a point of the image: then the unit whose own centre is nearest to it, the first of several.

    Raises:
        BadInput: an index outside the map, a point outside the image, the wrong number of axes, or a map of no units.
        NotEstimable: the unit reads no pixel at all.
    """
    source, tracks = seen_by(fields, target)
    if isinstance(choice, UnitAt):
        index = _nearest(tracks, _point(choice.at, fields, source, target))
    elif isinstance(choice, str):
        index = _named(choice, [track.length for track in tracks])
    else:
        index = _checked(choice, [track.length for track in tracks], target)
    return unit_at(fields, target, index)


def unit_at(fields: Fields, target: str, index: Index) -> Unit:
    """The unit of an index that lies in the map.

    Raises:
        BadInput: the target has no units for this image.
        NotEstimable: it reads no pixel at all.
    """
    source, tracks = seen_by(fields, target)
    hull, centre, seen = [], [], []
    for axis, i, mask in zip(tracks, index, _masks(fields, target, source, index), strict=True):
        interval, middle = axis.map.at(i).hull, axis.map.centre(i)
        if interval is None or middle is None or not mask:
            why = "padding alone" if interval else "no pixel at all (a gap between strides)"
            raise NotEstimable(f"unit {list(index)} of '{target}' reads {why}; name another unit")
        hull.append(interval)
        centre.append(float(middle))
        seen.append(((mask & -mask).bit_length() - 1, mask.bit_length() - 1))
    return Unit(
        target=target,
        source=source,
        index=index,
        hull=tuple(hull),
        seen=tuple(seen),
        centre=tuple(centre),
        canvas=fields.canvas(source),
        local=not fields.by_input[source][target].whole,
    )


def _masks(fields: Fields, target: str, source: str, index: Index) -> list[int]:
    """Per axis the pixels that the unit reads on this canvas, as bits."""
    maps = fields.sights[source][target].maps(fields.graph.shape(target))
    assert maps is not None, f"{target} is a feature map of {source}"
    return [track.masks[i] for (_, track), i in zip(maps, index, strict=True)]


def _named(choice: str, extent: Sequence[int]) -> Index:
    centre = tuple(n // 2 for n in extent)
    return {"centre": centre, "edge": (0, *centre[1:]), "corner": (0,) * len(centre)}[choice]


def _checked(index: Index, extent: Sequence[int], target: str) -> Index:
    size = " x ".join(map(str, extent))
    if len(index) != len(extent):
        raise BadInput(
            f"units: {list(index)} has {len(index)} axes, but '{target}' has {len(extent)} ({size} units); "
            "give one index per axis"
        )
    if any(not 0 <= i < n for i, n in zip(index, extent, strict=True)):
        allowed = ", ".join(f"0 ... {n - 1}" for n in extent)
        raise BadInput(f"units: {list(index)} lies outside '{target}', which has {size} units; allowed: {allowed}")
    return index


def _point(point: tuple[float, ...], fields: Fields, source: str, target: str) -> tuple[float, ...]:
    canvas = fields.canvas(source)
    size = " x ".join(map(str, canvas))
    if len(point) != len(canvas):
        raise BadInput(
            f"units: the point {list(point)} has {len(point)} axes, but '{target}' sees '{source}' of {size} px; "
            "give one coordinate per axis"
        )
    if any(not 0 <= x <= n for x, n in zip(point, canvas, strict=True)):
        allowed = ", ".join(f"0 ... {n}" for n in canvas)
        raise BadInput(
            f"units: the point {list(point)} lies outside the image '{source}' of {size} px that '{target}' sees; "
            f"allowed: {allowed}"
        )
    return point


def _nearest(tracks: Sequence[AxisField], point: tuple[float, ...]) -> Index:
    """Along every axis by itself, the unit with its centre nearest to the point; one that reads nothing has none."""

    def distance(track: AxisField, i: int, x: float) -> float:
        centre = track.map.centre(i)
        return float("inf") if centre is None else abs(float(centre) - x)

    return tuple(
        min(range(track.length), key=lambda i: distance(track, i, x)) for track, x in zip(tracks, point, strict=True)
    )
