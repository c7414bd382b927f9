"""FCOS (Tian et al. 2019, section 3.2): by the largest distance from a place to a side of the box.

At the box's centre, where the prediction counts most, that is half its longest side. Level i takes what lies above
boundary i - 1 and up to boundary i.
"""

from collections.abc import Sequence

import numpy as np

from api_schemas.policy_assignment import Fcos
from rfengine.coverage.assignment.registry import Mask, assigns
from rfengine.coverage.heads import Head, listed
from rfengine.coverage.views import View
from rfengine.errors import BadInput


@assigns(Fcos)
def fcos(rule: Fcos, heads: Sequence[Head], view: View) -> Mask:
    """[heads, n].

    Raises:
        BadInput: there is not one head more than there are boundaries.
    """
    if len(heads) != len(rule.boundaries) + 1:
        raise BadInput(
            f"assign.boundaries: {len(rule.boundaries)} boundaries part {len(rule.boundaries) + 1} heads, and "
            f"{listed(heads)}; give {len(heads) - 1}"
        )
    level = np.searchsorted(np.array(rule.boundaries), view.side("longest") / 2, side="left")
    return np.asarray(np.arange(len(heads))[:, None] == level[None, :])
