"""Lines between two layers: down, across on a track of their own, and down again, with round corners.

Lines that leave one spot, or enter one, share a track, like rails. Lines that have nothing to do with each other never
share a track; upright they coincide for a few px only where bundles wait for each other in a circle, which is rare.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from rfengine.plots.graph.order import Layers
from rfengine.plots.graph.sheet import Sheet

Segment = tuple[int, int]  # upper spot, lower spot
Key = tuple[str, int]

TRACK, PLAIN_GAP, MARGIN = 8.0, 22.0, 11.0
RADIUS = 6.0
UPRIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Run:
    """One line between two layers; `track` counts from above, None for one that goes straight down."""

    upper: int
    lower: int
    track: int | None


@dataclass(frozen=True, slots=True)
class Gap:
    """All lines between two layers, on so many tracks."""

    runs: tuple[Run, ...]
    tracks: int

    @property
    def height(self) -> float:
        """Px from one layer to the next."""
        return max(PLAIN_GAP, 2 * MARGIN + (self.tracks - 1) * TRACK)

    def offset(self, track: int) -> float:
        """How far below the upper layer a track lies: the tracks stand in the middle."""
        return self.height / 2 + (track - (self.tracks - 1) / 2) * TRACK


@dataclass
class _Bundle:
    """Lines that share a track; `starts` and `ends` are where they come from above and go on below."""

    low: float
    high: float
    starts: set[float]
    ends: set[float]


def gaps(sheet: Sheet, layers: Layers, x: Sequence[float]) -> list[Gap]:
    """The lines below every layer but the last."""
    return [_gap([(upper, lower) for upper in layer for lower in sheet.below[upper]], x) for layer in layers[:-1]]


def _gap(segments: Sequence[Segment], x: Sequence[float]) -> Gap:
    across = [(upper, lower) for upper, lower in segments if abs(x[upper] - x[lower]) > UPRIGHT]
    parting, meeting = Counter(upper for upper, _ in across), Counter(lower for _, lower in across)
    # A line belongs with those of its end where more lines come together there than part at its start.
    bundle_of = {s: ("to", s[1]) if meeting[s[1]] > parting[s[0]] else ("from", s[0]) for s in across}
    bundles: dict[Key, _Bundle] = {}
    for (upper, lower), key in bundle_of.items():
        bundle = bundles.setdefault(key, _Bundle(x[upper], x[upper], set(), set()))
        bundle.low = min(bundle.low, x[upper], x[lower])
        bundle.high = max(bundle.high, x[upper], x[lower])
        bundle.starts.add(x[upper])
        bundle.ends.add(x[lower])
    track_of = _tracks(bundles)
    runs = tuple(Run(*segment, track_of[bundle_of[segment]] if segment in bundle_of else None) for segment in segments)
    return Gap(runs, max(track_of.values(), default=-1) + 1)


def _tracks(bundles: dict[Key, _Bundle]) -> dict[Key, int]:
    """The topmost free track for each bundle, below those whose lines come down where its own go on.

    Bundles that wait for each other in a circle are taken in order.
    """
    order = sorted(bundles, key=lambda key: (bundles[key].low, bundles[key].high, key))
    starting: dict[float, list[Key]] = {}
    for key in order:
        for at in bundles[key].starts:
            starting.setdefault(at, []).append(key)
    above = {key: {k for at in bundles[key].ends for k in starting.get(at, ()) if k != key} for key in order}
    found: dict[Key, int] = {}
    while order:
        key = next((key for key in order if above[key] <= found.keys()), order[0])
        order.remove(key)
        least = max((found[k] + 1 for k in above[key] if k in found), default=0)
        mine = bundles[key]
        taken = {found[k] for k in found if bundles[k].low <= mine.high and mine.low <= bundles[k].high}
        found[key] = next(track for track in count(least) if track not in taken)
    return found
