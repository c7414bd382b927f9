"""One published figure beside the engine's own."""

from dataclasses import dataclass

# Numbers are px or plain counts. A tuple is a figure of several numbers; None where a figure has no one value.
Value = int | float | str | bool | None | tuple["Value", ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a source says of one figure and what the engine finds.

    `group` is the source or the network that the places belong to. `tolerance` is the largest absolute difference of
    any number at which the two count as equal: as the source states it, 0 for exact figures. What is not `compared`
    stands beside the engine's for the reader: the source does not say enough of it to be computed again.
    """

    group: str
    place: str
    figure: str
    expected: Value
    found: Value
    tolerance: float = 0.0
    compared: bool = True

    @property
    def equal(self) -> bool:
        """Whether the figure came out as published."""
        return _equal(self.expected, self.found, self.tolerance)


def _equal(expected: Value, found: Value, tolerance: float) -> bool:
    if isinstance(expected, tuple) and isinstance(found, tuple):
        pairs = zip(expected, found, strict=False)
        return len(expected) == len(found) and all(_equal(e, f, tolerance) for e, f in pairs)
    if isinstance(expected, bool) or isinstance(found, bool):
        return expected is found
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return expected == found or abs(expected - found) <= tolerance  # NaN is neither
    return expected == found
