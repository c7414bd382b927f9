"""Anchors: the head whose anchor fits an object best by shape, both about one centre.

By intersection over union (SSD, Liu et al. 2016; RetinaNet, Lin et al. 2017), or by the largest ratio of sides
(YOLOv5). Of heads that fit equally well all answer.
"""

from collections.abc import Sequence

import numpy as np

from api_schemas.policy_assignment import Anchors
from rfengine.coverage.assignment.registry import Mask, assigns, by_name
from rfengine.coverage.heads import Head
from rfengine.coverage.objects.table import Floats
from rfengine.coverage.views import View


@assigns(Anchors)
def anchors(rule: Anchors, heads: Sequence[Head], view: View) -> Mask:
    """[heads, n]."""
    fits = np.full((len(heads), len(view.height)), -np.inf)
    for place, boxes in by_name(rule.anchors, heads, "assign.anchors"):
        for width, height in boxes:
            fit = _iou(view, width, height) if rule.iou is not None else -_ratio(view, width, height)
            fits[place] = np.maximum(fits[place], fit)
    least = rule.iou if rule.iou is not None else -(rule.ratio or 1.0)
    best = fits.max(axis=0)
    found = (fits == best) & np.isfinite(fits)
    return np.asarray(found if rule.always else found & (best >= least))


def _iou(view: View, width: float, height: float) -> Floats:
    shared = np.minimum(view.width, width) * np.minimum(view.height, height)
    return np.asarray(shared / (view.width * view.height + width * height - shared))


def _ratio(view: View, width: float, height: float) -> Floats:
    across, along = view.width / width, view.height / height
    return np.maximum(np.maximum(across, 1 / across), np.maximum(along, 1 / along))
