"""Whether boxes can be what they say they are: numbers, in px, of their images."""

import numpy as np

from rfengine.coverage.objects.raw import Mask, Raw
from rfengine.coverage.objects.table import Floats, ObjectTable
from rfengine.errors import BadInput

# A box may reach so far beyond its image, as a share of the image's side, and so many boxes may reach further.
REACH, STRAY = 0.05, 0.10
# Why boxes are left aside that should not be there, and so many of all may be such.
BROKEN, MOST_BROKEN = ("zero size", "outside the image"), 0.5


def refuse_bad_numbers(raw: Raw) -> None:
    """Sizes and places are numbers, and no size is below zero. A size of zero is no error: see `finished`.

    Raises:
        BadInput: one is not; the message names the first.
    """
    for name, values in (("width", raw.width), ("height", raw.height)):
        _refuse(raw, ~np.isfinite(values), name, values, "is no finite number")
        _refuse(raw, values < 0, name, values, "is below 0")
    for name, values in (("x", raw.x), ("y", raw.y)):
        _refuse(raw, np.isinf(values), name, values, "is no finite number")
    for name, sizes in (("width", raw.image_width), ("height", raw.image_height)):
        bad = np.flatnonzero((sizes < 0) | np.isinf(sizes))
        if len(bad):
            raise BadInput(
                f"{raw.title}: image '{raw.image_names[bad[0]]}': {name} {sizes[bad[0]]:g} is no size in px; correct it"
            )


def refuse_shares(raw: Raw) -> None:
    """Boxes are in px: not all of them lie within the first px, with fractions.

    Raises:
        BadInput: they do, and so look like shares of the image.
    """
    real = (raw.width > 0) & (raw.height > 0)
    if not real.any():
        return
    width, height = raw.width[real], raw.height[real]
    right, low = np.nan_to_num(raw.x[real]) + width, np.nan_to_num(raw.y[real]) + height
    fractions = (width % 1 != 0).any() or (height % 1 != 0).any()
    if fractions and max(right.max(), low.max()) <= 1:
        first = int(np.argmax(real))
        raise BadInput(
            f"{raw.title}: all {len(width):,} boxes lie within 0 to 1 ({raw.noun} {raw.ids[first]} is {width[0]:g} x "
            f"{height[0]:g}): they look normalised, shares of the image, and `{raw.source}` is in px; multiply by the "
            "images' width and height"
        )


def outside(raw: Raw) -> Mask:
    """[n], which boxes have no part inside their image, as far as place and image are known.

    Raises:
        BadInput: more than `STRAY` of the boxes reach beyond their image by more than `REACH` of its side.
    """
    width, height = sides(raw)
    beyond = _beyond(raw, width, height)
    stray = beyond > REACH
    if stray.sum() > STRAY * len(stray):
        row = int(np.argmax(stray))
        swapped = (_beyond(raw, height, width) > REACH).sum() <= STRAY * len(stray)
        hint = "width and height look exchanged" if swapped else "the images look resized since"
        raise BadInput(
            f"{raw.place(row)}: x {raw.x[row]:g}, y {raw.y[row]:g}, width {raw.width[row]:g}, height "
            f"{raw.height[row]:g} reaches beyond the image of {width[row]:g} x {height[row]:g} px, as {stray.sum():,} "
            f"of {len(stray):,} boxes do: image sizes and boxes do not agree ({hint}); correct one of them"
        )
    gone = (raw.x + raw.width <= 0) | (raw.y + raw.height <= 0) | (raw.x >= width) | (raw.y >= height)
    return np.asarray(gone, np.bool_)


def refuse_the_rest(table: ObjectTable) -> None:
    """A check is of a dataset, not of what is left of it.

    Raises:
        BadInput: more than half of the boxes are of size zero or outside their image.
    """
    broken = {reason: table.ignored[reason] for reason in BROKEN if table.ignored.get(reason)}
    count = sum(broken.values())
    if count > MOST_BROKEN * (table.total + count):
        counted = ", ".join(f"{number:,} {reason}" for reason, number in broken.items())
        raise BadInput(
            f"{table.name or table.source}: of {table.total + count:,} boxes {counted}: too few are left to go by; "
            "correct the annotations"
        )


def sides(boxes: Raw | ObjectTable) -> tuple[Floats, Floats]:
    """[n] each, width and height of every box's image; nan where unknown."""
    # The last entry stands for image -1.
    width = np.append(boxes.image_width, np.nan)[boxes.image]
    return width, np.append(boxes.image_height, np.nan)[boxes.image]


def _beyond(raw: Raw, width: Floats, height: Floats) -> Floats:
    """[n], how far a box reaches beyond its image, as a share of the image's side; 0 where that is unknown."""
    with np.errstate(divide="ignore", invalid="ignore"):
        across = np.maximum(-raw.x, raw.x + raw.width - width) / width
        down = np.maximum(-raw.y, raw.y + raw.height - height) / height
    return np.nan_to_num(np.maximum(across, down), nan=0.0)


def _refuse(raw: Raw, bad: Mask, name: str, values: Floats, why: str) -> None:
    if bad.any():
        row = int(np.argmax(bad))
        more = f" ({bad.sum():,} like it)" if bad.sum() > 1 else ""
        raise BadInput(f"{raw.place(row)}: {name} {values[row]:g} {why}{more}; correct the box or take it out")
