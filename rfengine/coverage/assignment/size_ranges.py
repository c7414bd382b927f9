"""Each head answers for the sizes in its range, from included, to excluded."""

from collections.abc import Sequence

import numpy as np

from api_schemas.policy_assignment import SizeRanges
from rfengine.coverage.assignment.registry import Mask, assigns, by_name
from rfengine.coverage.heads import Head
from rfengine.coverage.views import View


@assigns(SizeRanges)
def size_ranges(rule: SizeRanges, heads: Sequence[Head], view: View) -> Mask:
    """[heads, n]; a head without a range answers for nothing."""
    side = view.side(rule.of)
    found = np.zeros((len(heads), len(side)), bool)
    for place, (low, high) in by_name(rule.ranges, heads, "assign.ranges"):
        found[place] = (side >= low) & (side < (np.inf if high is None else high))
    return found
