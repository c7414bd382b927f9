"""Random numbers by counter: splitmix64 (Steele, Lea and Flood 2014) over a key and a place.

Nothing is carried from one number to the next. So an image depends on its own run's seed and step alone, not on what
trains beside it; a run goes on after a break without a state to restore; and CPU and GPU draw the same.
"""

from collections.abc import Sequence

import torch
from torch import Tensor


def _signed(value: int) -> int:
    """An unsigned 64-bit number as the int64 with the same bits."""
    return value - (1 << 64) if value >= 1 << 63 else value


_GAMMA = _signed(0x9E3779B97F4A7C15)
_FIRST = _signed(0xBF58476D1CE4E5B9)
_SECOND = _signed(0x94D049BB133111EB)
_FLOAT_BITS = 24


def _shifted(value: Tensor, bits: int) -> Tensor:
    """A logical shift to the right: torch's keeps the sign."""
    return (value >> bits) & ((1 << (64 - bits)) - 1)


def mixed(value: Tensor) -> Tensor:
    """The finaliser: int64 to int64, every bit depends on every bit."""
    value = (value ^ _shifted(value, 30)) * _FIRST
    value = (value ^ _shifted(value, 27)) * _SECOND
    return value ^ _shifted(value, 31)


def keys(parts: Sequence[Tensor | int]) -> Tensor:
    """One key from several whole numbers, which broadcast against each other."""
    found: Tensor | int = 0
    for part in parts:
        found = mixed(torch.as_tensor(found + part + 1, dtype=torch.int64) * _GAMMA)
    return torch.as_tensor(found)


def uniform(key: Tensor, count: int) -> Tensor:
    """`count` numbers per key, uniform in [0, 1): [*key.shape, count], float32."""
    places = torch.arange(1, count + 1, dtype=torch.int64, device=key.device)
    bits = _shifted(mixed(key[..., None] + places * _GAMMA), 64 - _FLOAT_BITS)
    return bits.to(torch.float32) * 2.0**-_FLOAT_BITS
