"""Caps on what a stranger's model may ask for, each one checked before anything is built."""

from dataclasses import dataclass

from rfengine.errors import LimitExceeded

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a model may be.

    A 74-byte file can declare a tensor of 160 GB, so sizes are summed from shapes, not measured after the fact.
    """

    file_bytes: int = 2 * GIB
    nodes: int = 100_000
    rank: int = 12
    dimension: int = 1 << 24
    subgraph_depth: int = 16
    constant_bytes: int = 4 * GIB
    value_bytes: int = 2 * GIB
    folded_bytes: int = 64 << 20

    def check(self, what: str, value: int, cap: str) -> None:
        """Compare a value to the cap of the given name.

        Raises:
            LimitExceeded: it is larger; the message names both and the setting.
        """
        allowed = getattr(self, cap)
        if value > allowed:
            raise LimitExceeded(
                f"{what}: {value:,} passes the limit {cap}={allowed:,}; use a smaller model or raise it"
            )


DEFAULT_LIMITS = Limits()
