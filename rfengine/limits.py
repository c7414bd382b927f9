"""Caps on what a stranger's model may ask for, each one checked before anything is built."""

import os
from dataclasses import dataclass, fields

from rfengine.errors import BadInput, LimitExceeded

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

VARIABLE = "RFENGINE_LIMIT_"


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a model may be.

    A 74-byte file can declare a tensor of 160 GB, so sizes are summed from shapes, not measured after the fact. The
    first group is about the file, the second about tensors, the third about windows.
    """

    file_bytes: int = 2 * GIB  # also with every function written out
    nodes: int = 100_000  # of all graphs together, functions and branches written out
    subgraph_depth: int = 16
    function_depth: int = 64  # functions that call functions
    name_bytes: int = 2 * KIB
    arity: int = 1 << 14  # inputs or outputs of one node
    list_length: int = 1 << 16  # numbers in one attribute
    inputs: int = 256  # of the model, initializers that are declared as inputs not counted
    outputs: int = 1 << 12

    rank: int = 12
    dimension: int = 1 << 24
    side: int = 1 << 17  # of an image or a feature map: what is known of its units is known unit by unit
    constant_bytes: int = 4 * GIB  # initializers and what is folded from them
    value_bytes: int = 2 * GIB
    total_bytes: int = 256 * GIB  # the sum over all values
    folded_bytes: int = 64 * MIB  # a constant that is made larger than this from less than an eighth of it

    window: int = 1 << 12  # taps of a kernel, and its stride, along one axis
    reach: int = 1 << 20  # from the first to the last element that a window reads along one axis

    @classmethod
    def from_environment(cls) -> "Limits":
        """The caps, each one raised or lowered by its variable where that is set (RFENGINE_LIMIT_NODES and so on).

        Raises:
            BadInput: a variable that is no whole number of at least 1.
        """
        given = {}
        for cap in fields(cls):
            text = os.environ.get(f"{VARIABLE}{cap.name.upper()}")
            if text is not None:
                if not text.isdecimal() or int(text) < 1:
                    raise BadInput(f"{VARIABLE}{cap.name.upper()}={text!r}: expected a whole number of at least 1")
                given[cap.name] = int(text)
        return cls(**given)

    def check(self, what: str, value: int, cap: str) -> None:
        """Compare a value to the cap of the given name.

        Raises:
            LimitExceeded: it is larger; the message names both and the setting.
        """
        allowed = getattr(self, cap)
        if value > allowed:
            raise LimitExceeded(
                f"{what}: {value:,} passes the limit {cap}={allowed:,}; use a smaller model or input, "
                f"or raise {VARIABLE}{cap.upper()}"
            )


DEFAULT_LIMITS = Limits()
