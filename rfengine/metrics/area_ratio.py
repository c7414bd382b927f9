"""The high-contribution area ratio of RepLKNet (Ding et al. 2022, arXiv 2203.06717), to compare with other papers."""

import numpy as np

from rfengine.metrics.plane import Plane

SHARES = (0.2, 0.3, 0.5, 0.99)


def area_ratio(plane: Plane) -> dict[str, float]:
    """Per share t: r(t) = prod_a min(side, n_a) / n_a of the smallest square with sum A > t * sum over the canvas of A.

    A = log10(P + 1) / max, P the raw map. Squares have sides 3, 5, 7, ... about pixel n_a // 2 of every axis: the
    centre of the image, whatever the unit's own is, as in the published script. A square that reaches beyond the image
    counts what is inside it (the script gives no figure there).

    The paper's P is the gradient summed over the channels after a relu; a map of absolute values stands in for it here.
    The logarithm makes r depend on the scale of P: a map times 1e6 has other ratios. Where only shape matters, read
    the energy sides.
    """
    A = np.log1p(plane.values * plane.scale)
    A /= A.max()
    ring = np.zeros(A.shape, dtype=np.intp)
    for axis, n in enumerate(A.shape):
        steps = np.abs(np.arange(n) - n // 2)
        ring = np.maximum(ring, np.expand_dims(steps, [a for a in range(A.ndim) if a != axis]))
    held = np.cumsum(np.bincount(ring.ravel(), A.ravel()))
    found = {}
    for share in SHARES:
        reach = max(1, int(np.argmax(held > share * held[-1])))
        found[str(share)] = float(np.prod([min(2 * reach + 1, n) / n for n in A.shape]))
    return found
