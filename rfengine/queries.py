"""From a unit to its pixels and from a pixel to the units that see it, exactly.

    fields = receptive_fields(import_onnx(data).graph)
    pixels_of(fields, "conv2", (0, 0))                 # ((-2, 2),), ((-2, 2),): what the unit would read without border
    pixels_of(fields, "conv2", (0, 0), clipped=True)   # ((0, 2),), ((0, 2),): what it reads on this canvas
    units_of(fields, "conv2", (7, 7), clipped=True)    # ((5, 9),), ((5, 9),): who reads pixel (7, 7)

Pixels and units are counted from 0 along the spatial axes. An answer has one entry per axis: the runs (first, last) of
consecutive indices, more than one where a field has gaps. A unit sees the pixels of all combinations of the axes.

Clipped answers take the canvas as it is: a position that any layer pads with zeros reads nothing, one that it reflects,
repeats or wraps reads the pixel copied there. Unclipped ones go on beyond it as if all maps were endless.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from rfengine.calculus.field import AxisField
from rfengine.errors import BadInput
from rfengine.estimators.analytic import Fields

Runs = tuple[tuple[int, int], ...]


def pixels_of(
    fields: Fields, tensor: str, unit: Sequence[int], *, clipped: bool = False, source: str | None = None
) -> tuple[Runs, ...]:
    """The pixels that a unit reads.

    Args:
        fields: of the network.
        tensor: a feature map.
        unit: its place along the map's spatial axes.
        clipped: what is read on the canvas, instead of without any border.
        source: the input whose pixels are meant; default: the first that the tensor sees.

    Raises:
        BadInput: no such feature map, input or unit.
    """
    source, axes = _axes(fields, tensor, source)
    _check_unit(tensor, unit, axes)
    if not clipped:
        return tuple(_runs(axis.map.at(i).elements()) for axis, i in zip(axes, unit, strict=True))
    masks = _masks(fields, tensor, source)
    return tuple(_runs(_bits(axis[i])) for axis, i in zip(masks, unit, strict=True))


def units_of(
    fields: Fields, tensor: str, pixel: Sequence[int], *, clipped: bool = False, source: str | None = None
) -> tuple[Runs, ...]:
    """The units of a feature map that read a pixel; the inverse of `pixels_of`, with the same arguments.

    A pixel beyond the canvas is read by units whose field reaches into padding, unless `clipped`.
    """
    source, axes = _axes(fields, tensor, source)
    if len(pixel) != len(axes):
        raise BadInput(f"pixel {list(pixel)} has {len(pixel)} coordinates; '{source}' has {len(axes)} spatial axes")
    if not clipped:
        return tuple(
            _runs(i for i in range(axis.length) if _contains(axis, i, p)) for axis, p in zip(axes, pixel, strict=True)
        )
    masks = _masks(fields, tensor, source)
    return tuple(
        _runs(i for i, mask in enumerate(axis) if p >= 0 and mask >> p & 1)
        for axis, p in zip(masks, pixel, strict=True)
    )


def centre_of(
    fields: Fields, tensor: str, unit: Sequence[int], *, source: str | None = None
) -> tuple[float | None, ...]:
    """Centre of a unit's unclipped field along every axis, px, edge convention (the first pixel's centre is 0.5).

    None along an axis on which it reads nothing.
    """
    _, axes = _axes(fields, tensor, source)
    _check_unit(tensor, unit, axes)
    centres = (axis.map.centre(i) for axis, i in zip(axes, unit, strict=True))
    return tuple(None if centre is None else float(centre) for centre in centres)


def _axes(fields: Fields, tensor: str, source: str | None) -> tuple[str, tuple[AxisField, ...]]:
    """The input that is meant and the tensor's axes relative to it."""
    spatial = fields.spatial(tensor) if tensor in fields.graph.values else {}
    if not spatial:
        maps = fields.feature_maps()
        near = get_close_matches(tensor, maps, n=3, cutoff=0.5) or maps[-3:]
        raise BadInput(f"'{tensor}' is no feature map of the model; feature maps near it: {', '.join(near)}")
    if source is None:
        source = next(iter(spatial))
    if source not in spatial:
        raise BadInput(f"'{tensor}' does not see '{source}' unit by unit; it sees: {', '.join(spatial)}")
    return source, spatial[source]


def _check_unit(tensor: str, unit: Sequence[int], axes: Sequence[AxisField]) -> None:
    extent = [axis.length for axis in axes]
    if len(unit) != len(axes) or any(not 0 <= i < n for i, n in zip(unit, extent, strict=False)):
        raise BadInput(f"'{tensor}' has no unit {list(unit)}; it has {' x '.join(map(str, extent))}, counted from 0")


def _masks(fields: Fields, tensor: str, source: str) -> tuple[tuple[int, ...], ...]:
    """Per axis and unit, the pixels read on the canvas as bits."""
    maps = fields.sights[source][tensor].maps(fields.graph.shape(tensor))
    assert maps is not None, f"{tensor} is a feature map, so it is one on the canvas"
    return tuple(sight.masks for _, sight in maps)


def _contains(axis: AxisField, unit: int, pixel: int) -> bool:
    lo, mask = axis.map.at(unit)
    return pixel >= lo and bool(mask >> (pixel - lo) & 1)


def _bits(mask: int) -> list[int]:
    return [p for p in range(mask.bit_length()) if mask >> p & 1]


def _runs(indices: Iterable[int]) -> Runs:
    """Ascending indices as runs of consecutive ones."""
    found: list[tuple[int, int]] = []
    for i in indices:
        if found and found[-1][1] == i - 1:
            found[-1] = (found[-1][0], i)
        else:
            found.append((i, i))
    return tuple(found)
