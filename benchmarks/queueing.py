"""Small parts of a discrete-event simulation, and what theory says of its simplest cases.

Times are in seconds. Everything is deterministic: equal events in equal order give equal figures.
"""

import heapq
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

# Waiting times are counted in classes, a twentieth of a decade wide, from a tenth of a millisecond.
_FINEST, _PER_DECADE, _CLASSES = 1e-4, 20, 200


@dataclass
class Waits:
    """Waiting times: their number and sum, and how many lie in which class."""

    number: int = 0
    seconds: float = 0.0
    classes: list[int] = field(default_factory=lambda: [0] * _CLASSES)

    def add(self, seconds: float) -> None:
        self.number += 1
        self.seconds += seconds
        place = 0 if seconds <= _FINEST else 1 + int(math.log10(seconds / _FINEST) * _PER_DECADE)
        self.classes[min(place, _CLASSES - 1)] += 1

    @property
    def mean(self) -> float:
        return self.seconds / self.number if self.number else 0.0

    def quantile(self, share: float) -> float:
        """The upper end of the class in which this share of all waits is reached: at most 12 % too long."""
        seen = 0
        for place, number in enumerate(self.classes):
            seen += number
            if seen >= share * self.number:
                return 0.0 if place == 0 else _FINEST * 10 ** (place / _PER_DECADE)
        return math.inf


class Station:
    """Servers that take whoever has come first; asked in the order of time."""

    def __init__(self, servers: int) -> None:
        self._free = [0.0] * servers
        self.servers = servers
        self.busy = 0.0
        self.waits = Waits()

    def ask(self, now: float, service: float) -> float:
        """When one who comes now and needs so long is done."""
        start = max(now, self._free[0])
        heapq.heapreplace(self._free, start + service)
        self.busy += service
        self.waits.add(start - now)
        return start + service

    def forget(self) -> None:
        """Begin to count anew, as after a warm-up."""
        self.busy, self.waits = 0.0, Waits()


class Timeline:
    """What happens when; what is due at the same moment happens in the order in which it was planned."""

    def __init__(self) -> None:
        self._events: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._number = count()
        self.now = 0.0

    def at(self, time: float, act: Callable[[Any], None], of: Any = None) -> None:
        """Plan `act(of)`."""
        heapq.heappush(self._events, (time, next(self._number), act, of))

    def run(self, until: float) -> None:
        """Let everything happen that is due before then."""
        while self._events and self._events[0][0] < until:
            self.now, _, act, of = heapq.heappop(self._events)
            act(of)
        self.now = until


def erlang_c(servers: int, load: float) -> float:
    """The share of customers who wait in M/M/c; `load` is arrivals times mean service, below `servers`.

    By Erlang's B recursion: B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)); C = B / (1 - rho (1 - B)).
    """
    blocked = 1.0
    for number in range(1, servers + 1):
        blocked = load * blocked / (number + load * blocked)
    return blocked / (1.0 - load / servers * (1.0 - blocked))


def mmc_wait(servers: int, arrivals: float, service: float) -> float:
    """Mean wait in M/M/c: C s / (c - a)."""
    load = arrivals * service
    return erlang_c(servers, load) * service / (servers - load)


def mg1_wait(arrivals: float, service: float, square: float) -> float:
    """Mean wait in M/G/1 after Pollaczek and Khinchine: lambda E[S^2] / (2 (1 - rho)); `square` is E[S^2]."""
    return arrivals * square / (2.0 * (1.0 - arrivals * service))
