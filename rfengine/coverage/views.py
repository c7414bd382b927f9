"""How objects look to the network: their sizes in its input, after resizing, whole or in tiles."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api_schemas.policy import CoveragePolicy
from api_schemas.policy_objects import InputRule, Tiles
from rfengine.coverage.objects.table import Floats, ObjectTable
from rfengine.errors import BadInput


@dataclass(frozen=True, eq=False)
class View:
    """All objects as one way of looking at their images shows them.

    Args:
        height, width: [n], px of the network's input.
        whole: [n], how much of the object one input shows at least, as a share of its side: 1 where all of it.
    """

    height: Floats
    width: Floats
    whole: Floats

    def part(self, rows: slice) -> "View":
        """The same for some of the rows."""
        return View(self.height[rows], self.width[rows], self.whole[rows])

    def side(self, of: str) -> Floats:
        """[n], the size of the objects: `longest`, `shortest`, or `area` for the square root of width x height."""
        if of == "area":
            return np.sqrt(self.height * self.width)
        return np.maximum(self.height, self.width) if of == "longest" else np.minimum(self.height, self.width)


def views(policy: CoveragePolicy, table: ObjectTable, canvas: tuple[int, int]) -> tuple[View, ...]:
    """The ways of looking that the policy's input has; an object needs one of them.

    Args:
        policy: its `input` says how images are resized and cut.
        table: the objects.
        canvas: height and width of the network's input, px.

    Raises:
        BadInput: the size of an image is needed and not known.
    """
    rule = policy.input
    if rule.resize == "none":
        _refuse_larger(table, canvas)
        return (_whole(table.height, table.width),)
    image = _image_sizes(policy, table)
    found = []
    if rule.tiles is None or rule.tiles.full_image:
        scale = _scales(rule, image, canvas)
        found.append(_whole(table.height * scale[0], table.width * scale[1]))
    if rule.tiles is not None:
        found.append(_tiled(rule, rule.tiles, table, image, canvas))
    return tuple(found)


def _refuse_larger(table: ObjectTable, canvas: tuple[int, int]) -> None:
    beyond = np.flatnonzero((table.height > canvas[0] + 0.5) | (table.width > canvas[1] + 0.5))
    if len(beyond):
        width, height = table.width[beyond[0]], table.height[beyond[0]]
        raise BadInput(
            f"objects: {len(beyond):,} boxes, the first {width:g} x {height:g} px (width x height), are larger than "
            f"the network's input of {canvas[1]} x {canvas[0]}, in whose px input.resize 'none' says they are; name "
            "how images are resized, or correct the boxes"
        )


def _whole(height: Floats, width: Floats) -> View:
    return View(height, width, np.ones(len(height)))


def _image_sizes(policy: CoveragePolicy, table: ObjectTable) -> tuple[Floats, Floats]:
    """Height and width of each object's image, px."""
    given = policy.objects.image_size
    width, height = given if given is not None else (np.nan, np.nan)
    known = table.image >= 0
    found = (np.full(table.rows, height), np.full(table.rows, width))
    for size, column in zip(found, (table.image_height, table.image_width), strict=True):
        if known.any():
            own = column[table.image[known]]
            size[known] = np.where(np.isnan(own), size[known], own)
    unknown = np.isnan(found[0]) | np.isnan(found[1])
    if unknown.any():
        raise BadInput(
            f"objects: the size of the image is not known for {int(unknown.sum()):,} of {table.rows:,} boxes, and "
            f"input.resize '{policy.input.resize}' depends on it; give objects.image_size, or input.resize: none where "
            "boxes are px of the network's input already"
        )
    return found


def _scales(rule: InputRule, image: tuple[Floats, Floats], canvas: tuple[int, int]) -> tuple[Floats, Floats]:
    """Px of the network's input per px of the image, h before w."""
    fits = (canvas[0] / image[0], canvas[1] / image[1])
    if rule.resize == "stretch":
        return fits
    if rule.resize == "letterbox":
        scale = np.minimum(*fits)
        scale = scale if rule.upscale else np.minimum(scale, 1.0)
    else:
        assert rule.shortest is not None
        scale = rule.shortest / np.minimum(*image)
        if rule.longest is not None:
            scale = np.minimum(scale, rule.longest / np.maximum(*image))
        _refuse_overflow(scale, image, canvas)
    return scale, scale


def _refuse_overflow(scale: Floats, image: tuple[Floats, Floats], canvas: tuple[int, int]) -> None:
    """An image must fit into the input, upright or lying: exporters fix one of the two."""
    short, long = (scale * side for side in (np.minimum(*image), np.maximum(*image)))
    over = np.flatnonzero((short > min(canvas) + 1) | (long > max(canvas) + 1))
    if len(over):
        raise BadInput(
            f"input: images become up to {long.max():.0f} x {short.max():.0f} px by shortest_edge, and the network's "
            f"input is {canvas[1]} x {canvas[0]} (width x height); give the shape it is run at (--input-shape), or "
            "another resize"
        )


def _tiled(
    rule: InputRule, tiles: Tiles, table: ObjectTable, image: tuple[Floats, Floats], canvas: tuple[int, int]
) -> View:
    """What tiles show: a tile is resized as an image of its size would be."""
    # An image smaller than a tile is one tile.
    sizes = tuple(np.minimum(side, known) for side, known in zip(reversed(tiles.size), image, strict=True))
    scale = _scales(rule, (sizes[0], sizes[1]), canvas)
    whole = []
    for axis, (start, extent) in enumerate(((table.y, table.height), (table.x, table.width))):
        step = np.maximum(1.0, sizes[axis] - np.floor(tiles.overlap * sizes[axis]))
        whole.append(_share_shown(start, extent, sizes[axis], step, image[axis]))
    return View(table.height * scale[0], table.width * scale[1], np.minimum(*whole))


def _share_shown(start: Floats, extent: Floats, tile: Floats, step: Floats, image: Floats) -> NDArray[np.float64]:
    """Share of an object's side that the best tile shows along one axis; of unknown places, that one surely does."""
    known = ~np.isnan(start)
    surely = np.minimum(1.0, np.maximum(tile - step, 0.0) / extent)
    # What lies beyond the image is shown by no tile, and is not missed.
    first, last = np.maximum(start, 0.0), np.minimum(start + extent, image)
    inside = np.maximum(last - first, 1e-9)
    best = np.zeros_like(extent)
    for origin in _origins(first, last, tile, step, image):
        seen = np.minimum(last, origin + tile) - np.maximum(first, origin)
        best = np.maximum(best, np.clip(seen / inside, 0.0, 1.0))
    return np.where(tile >= image, 1.0, np.where(known, best, surely))


def _origins(first: Floats, last: Floats, tile: Floats, step: Floats, image: Floats) -> Iterator[Floats]:
    """Where the tiles begin that can show most of an object: those about its middle, and the one moved inwards."""
    furthest = np.maximum(image - tile, 0.0)
    place = np.floor(((first + last) / 2 - tile / 2) / step)
    for offset in (0, 1):
        yield np.clip((place + offset) * step, 0.0, furthest)
    yield furthest
