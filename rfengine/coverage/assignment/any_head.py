"""Task-aligned: every head answers for every object (TOOD, Feng et al. 2021; YOLOv8)."""

from collections.abc import Sequence

import numpy as np

from api_schemas.policy_assignment import AnyHead
from rfengine.coverage.assignment.registry import Mask, assigns
from rfengine.coverage.heads import Head
from rfengine.coverage.views import View


@assigns(AnyHead)
def any_head(_rule: AnyHead, heads: Sequence[Head], view: View) -> Mask:
    """[heads, n], all true."""
    return np.ones((len(heads), len(view.height)), bool)
