"""Feature pyramids (Lin et al. 2017, equation 1): k = floor(k0 + log2(sqrt(w h) / 224)).

A head's level is log2 of its stride. Objects beyond the levels that there are go to the nearest one.
"""

from collections.abc import Sequence

import numpy as np

from api_schemas.policy_assignment import Fpn
from rfengine.coverage.assignment.registry import Mask, assigns
from rfengine.coverage.heads import Head
from rfengine.coverage.views import View


@assigns(Fpn)
def fpn(rule: Fpn, heads: Sequence[Head], view: View) -> Mask:
    """[heads, n]; heads of one stride answer together."""
    levels = np.array([round(np.log2(max(*head.stride, 1))) for head in heads])
    wanted = np.floor(rule.canonical_level + np.log2(view.side("area") / rule.canonical_px))
    distance = np.abs(levels[:, None] - wanted[None, :])
    return np.asarray(distance == distance.min(axis=0))
