"""The arithmetic of attention: scores, what is added to them, and the weighted mean of the values.

    scores = cap(Q K' scale) + bias,   Y = softmax(scores) V,   cap(s) = softcap * tanh(s / softcap)

All tensors are [batch, heads, length, size]. A query that may see no key at all gives zeros.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def unpacked(x: "Tensor", heads: int) -> "Tensor":
    """[batch, length, heads * size] to [batch, heads, length, size]."""
    return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)


def packed(x: "Tensor") -> "Tensor":
    """[batch, heads, length, size] to [batch, length, heads * size]."""
    return x.transpose(1, 2).flatten(2)


def shared(x: "Tensor", group: int) -> "Tensor":
    """Every head of keys or values, once for each head of queries in its group."""
    return x if group == 1 else x.repeat_interleave(group, 1)


def joined(past: "Tensor", new: "Tensor") -> "Tensor":
    """Cached keys or values, and the new ones behind them."""
    import torch

    return torch.cat((past, new), 2)


def bias_of(
    q: "Tensor", keys: int, mask: "Tensor | None", offset: "int | Tensor", valid: "Tensor | None", left: int, right: int
) -> "Tensor | None":
    """What is added to the scores [batch, heads, queries, keys]: minus infinity where a query may not see a key.

    Args:
        q: the queries.
        keys: how many keys there are.
        mask: true where a key may be seen, or a bias; shorter than the keys, it hides the rest.
        offset: keys before the query block: query i stands at position offset + i.
        valid: keys that are no padding, per batch.
        left: how many positions a query may look back; -1 for all.
        right: how many it may look ahead.
    """
    import torch

    key = torch.arange(keys, device=q.device)
    parts = [] if mask is None else [_additive(mask, keys, q.dtype)]
    if left >= 0 or right >= 0:
        distance = torch.arange(q.shape[2], device=q.device)[:, None] + offset - key
        seen = torch.ones_like(distance, dtype=torch.bool)
        seen = seen & (distance <= left) if left >= 0 else seen
        seen = seen & (distance >= -right) if right >= 0 else seen
        parts.append(_additive(seen, keys, q.dtype))
    if valid is not None:
        parts.append(_additive(key < valid.reshape(-1, 1, 1, 1), keys, q.dtype))
    return sum(parts[1:], parts[0]) if parts else None


def _additive(mask: "Tensor", keys: int, dtype: "torch.dtype") -> "Tensor":
    """A mask as a bias, as long as the keys."""
    import torch
    import torch.nn.functional as F

    hidden = torch.full((), -torch.inf, dtype=dtype, device=mask.device)
    bias = torch.where(mask, torch.zeros_like(hidden), hidden) if mask.dtype == torch.bool else mask.to(dtype)
    return F.pad(bias, [0, keys - bias.shape[-1]], value=-torch.inf)


def attend(
    q: "Tensor",
    k: "Tensor",
    v: "Tensor",
    bias: "Tensor | None",
    scale: float,
    softcap: float,
    precision: "torch.dtype",
) -> "tuple[Tensor, Tensor, Tensor, Tensor, Tensor]":
    """The attended values, and the scores as they are made: raw, capped, biased, and after the softmax.

    `scale` goes to either factor by its square root, against overflow; `precision` is the type of the softmax.
    """
    import torch

    root = torch.tensor(scale**0.5, dtype=q.dtype, device=q.device)
    raw = (q * root) @ (k * root).transpose(2, 3)
    capped = softcap * torch.tanh(raw / softcap) if softcap > 0 else raw
    if bias is None:
        biased, probabilities = capped, _softmax(capped.to(precision))
    else:
        hidden = bias == -torch.inf
        # Chosen, not added: what is hidden may hold anything, NaN too.
        biased = torch.where(hidden, -torch.inf, capped + bias)
        blind = hidden.all(-1, keepdim=True)
        probabilities = _softmax(biased.masked_fill(blind, 0).to(precision)).masked_fill(blind, 0)
    probabilities = probabilities.to(q.dtype)
    return probabilities @ v.to(q.dtype), raw, capped, biased, probabilities


def _softmax(x: "Tensor") -> "Tensor":
    """Softmax over the keys, each step rounded to the type of the scores, as the definition writes it out."""
    shares = (x - x.amax(-1, keepdim=True)).exp()
    return shares / shares.sum(-1, keepdim=True)
