"""What the planner asks for and what it is told: pure data, no torch."""

from dataclasses import dataclass

SOLVED = 0.99  # accuracy that ends a run early, twice in a row


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One training of one network."""

    distance: int  # px
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A training that has ended; `accuracy` is None where it failed for a reason of its own (NaN losses)."""

    distance: int  # px
    seed: int
    accuracy: float | None
    samples: int = 256  # answers that the accuracy counts
