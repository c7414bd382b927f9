"""NonMaxSuppression. https://onnx.ai/onnx/operators/onnx__NonMaxSuppression.html."""

from typing import TYPE_CHECKING

import numpy as np

from rfengine.graph import UNKNOWN, Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import whole

if TYPE_CHECKING:
    from torch import Tensor


def _corners(boxes: Array, *, centred: bool) -> Array:
    """Boxes as [low y, low x, high y, high x], whichever diagonal they were given by."""
    if centred:
        x, y, width, height = np.moveaxis(boxes, -1, 0)
        return np.stack([y - height / 2, x - width / 2, y + height / 2, x + width / 2], -1)
    return np.concatenate([np.minimum(boxes[..., :2], boxes[..., 2:]), np.maximum(boxes[..., :2], boxes[..., 2:])], -1)


def _overlaps(box: Array, others: Array) -> Array:
    """Intersection over union of a box with others; boxes without area overlap nothing."""
    sides = np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2])
    common = sides.clip(0).prod(-1)
    area, areas = (box[2:] - box[:2]).prod(), (others[:, 2:] - others[:, :2]).prod(-1)
    union = area + areas - common
    real = (area > 0) & (areas > 0) & (common > 0)
    return np.asarray(np.divide(common, union, out=np.zeros_like(common), where=real))


def kept(boxes: Array, scores: Array, most: int, overlap: float, least: float | None) -> list[int]:
    """Indices of the boxes that stay, best first; of equal scores the one with the lower index comes first."""
    order = np.argsort(-scores, kind="stable")
    order = order if least is None else order[scores[order] > least]
    found: list[int] = []
    while len(order) and len(found) < most:
        best, order = order[0], order[1:]
        found.append(int(best))
        order = order[_overlaps(boxes[best], boxes[order]) <= overlap]
    return found


def _lower(call: Call) -> Kernel:
    import torch

    centred = bool(call.attr("center_point_box", 0))

    def kernel(
        boxes: "Tensor",
        scores: "Tensor",
        most: "Tensor | None" = None,
        overlap: "Tensor | None" = None,
        least: "Tensor | None" = None,
    ) -> "Tensor":
        corners = _corners(boxes.detach().cpu().numpy(), centred=centred)
        ranks = scores.detach().cpu().numpy()
        # None given means that none is selected, as ONNX says.
        count = 0 if most is None else int(most.reshape(-1)[0])
        limit = 0.0 if overlap is None else overlap.reshape(-1)[0].item()
        floor = None if least is None else least.reshape(-1)[0].item()
        found = [
            (batch, label, index)
            for batch in range(ranks.shape[0])
            for label in range(ranks.shape[1])
            for index in kept(corners[batch], ranks[batch, label], count, limit, floor)
        ]
        return torch.tensor(found, dtype=torch.int64, device=boxes.device).reshape(-1, 3)

    return kernel


def _shape(_: Call) -> Shape:
    return (UNKNOWN, 3)


register(Operator("NonMaxSuppression", (10, 11), Nature.OTHER, whole, _lower, out_shape=_shape))
