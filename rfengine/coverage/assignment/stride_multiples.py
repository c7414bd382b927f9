"""Each head answers for sizes from so many of its strides to so many."""

from collections.abc import Sequence

import numpy as np

from api_schemas.policy_assignment import StrideMultiples
from rfengine.coverage.assignment.registry import Mask, assigns
from rfengine.coverage.heads import Head
from rfengine.coverage.views import View


@assigns(StrideMultiples)
def stride_multiples(rule: StrideMultiples, heads: Sequence[Head], view: View) -> Mask:
    """[heads, n]; an object may have several heads, or none."""
    side = view.side(rule.of)
    strides = np.array([max(head.stride) for head in heads])
    low, high = strides * rule.low, strides * rule.high
    if rule.open_ended:
        low = np.where(strides == strides.min(), 0.0, low)
        high = np.where(strides == strides.max(), np.inf, high)
    return np.asarray((side[None, :] >= low[:, None]) & (side[None, :] <= high[:, None]))
