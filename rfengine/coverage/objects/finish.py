"""From what a reader found to the table: judged, completed from the policy, and without what it leaves aside."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

import numpy as np

from api_schemas.policy_objects import Objects
from rfengine.coverage.objects.judge import outside, refuse_bad_numbers, refuse_shares
from rfengine.coverage.objects.raw import Mask, Raw
from rfengine.coverage.objects.table import ObjectTable
from rfengine.errors import BadInput

MOST_NAMES = 20  # that a message lists


def finished(raw: Raw, objects: Objects, *, sha256: str | None) -> ObjectTable:
    """The table of the objects that are to be checked.

    Left aside and counted, each object by the first reason that fits: what the source marks (`crowd`, `difficult`),
    `other categories`, `zero size` (COCO's own files have a few), `outside the image`, `below smallest_px`.

    Raises:
        BadInput: there is no box, or none is left; a size that is no number or below zero; boxes that are in another
            unit, or do not agree with the sizes of their images; a category that is not there.
    """
    if not len(raw.width):
        raise BadInput(f"{raw.title}: no objects in it; a check of nothing would pass: give annotations")
    refuse_bad_numbers(raw)
    refuse_shares(raw)
    raw = _with_image_sizes(raw, objects)
    reasons: dict[str, Mask] = {
        **(raw.aside if objects.ignore_crowd else {}),
        "other categories": _other_categories(raw, objects.categories),
        "zero size": (raw.width == 0) | (raw.height == 0),
        "outside the image": outside(raw),
        "below smallest_px": np.minimum(raw.width, raw.height) < objects.smallest_px,
    }
    kept = np.ones(len(raw.width), np.bool_)
    ignored: dict[str, int] = {}
    for reason, mask in reasons.items():
        hit = int(raw.count[kept & mask].sum())
        if hit:
            ignored[reason] = hit
        kept &= ~mask
    if not kept.any():
        why = ", ".join(f"{reason} {count:,}" for reason, count in ignored.items())
        raise BadInput(f"{raw.title}: no object is left to check: {why}; widen the filters of `objects`")
    return _table(raw, kept, ignored, sha256)


def _table(raw: Raw, kept: Mask, ignored: dict[str, int], sha256: str | None) -> ObjectTable:
    ids = raw.ids
    return ObjectTable(
        source=raw.source,
        name=raw.name,
        sha256=sha256,
        width=raw.width[kept],
        height=raw.height[kept],
        count=raw.count[kept],
        x=raw.x[kept],
        y=raw.y[kept],
        image=raw.image[kept],
        image_width=raw.image_width,
        image_height=raw.image_height,
        image_names=raw.image_names,
        label=raw.label[kept],
        labels=raw.labels,
        ids=ids[kept] if isinstance(ids, np.ndarray) else [name for name, keep in zip(ids, kept, strict=True) if keep],
        ignored=ignored,
    )


def _with_image_sizes(raw: Raw, objects: Objects) -> Raw:
    """The policy's `image_size` where the source does not say (nan, or 0 as some tools write); nan where neither does.

    Boxes of no known image get one without a name.
    """
    sizes = [np.where(each == 0, np.nan, each) for each in (raw.image_width, raw.image_height)]
    names: Sequence[str] = raw.image_names
    image = raw.image
    if objects.image_size is not None:
        unknown = np.isnan(sizes[0]) | np.isnan(sizes[1])
        sizes = [np.where(unknown, given, each) for given, each in zip(objects.image_size, sizes, strict=True)]
        if (image < 0).any():
            image = np.where(image < 0, np.int32(len(names)), image)
            sizes = [np.append(each, given) for given, each in zip(objects.image_size, sizes, strict=True)]
            names = [*names, ""]
    return replace(raw, image=image, image_width=sizes[0], image_height=sizes[1], image_names=names)


def _other_categories(raw: Raw, wanted: Sequence[str]) -> Mask:
    if not wanted:
        return np.zeros(len(raw.width), np.bool_)
    there, asked = set(raw.labels), set(wanted)
    for name in wanted:
        if name not in there:
            raise BadInput(f"{raw.title}: objects.categories: no category '{name}'; {_near(name, sorted(there))}")
    chosen = np.array([name in asked for name in raw.labels] + [False])
    return ~chosen[raw.label]


def _near(name: str, there: Sequence[str]) -> str:
    if not there:
        return "this source names no categories; leave `categories` out"
    near = get_close_matches(name, there, n=3, cutoff=0.5)
    more = f" and {len(there) - MOST_NAMES:,} more" if len(there) > MOST_NAMES else ""
    return f"{'near it: ' + ', '.join(near) + '; ' if near else ''}there are {', '.join(there[:MOST_NAMES])}{more}"
