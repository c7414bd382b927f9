"""The server's time is everybody's, whatever this machine's clock says."""

import time

import pytest

from jobstore.clock import LOOK_AGAIN, LOOK_EVERY, ServerClock
from jobstore.database import open_database
from tests.jobstore.clock import Clock


class Server:
    def __init__(self, now: float) -> None:
        self.now, self.asked, self.away = now, 0, False

    def __call__(self) -> float:
        self.asked += 1
        if self.away:
            raise ConnectionError
        return self.now


def test_it_is_asked_now_and_then_and_counts_on_between() -> None:
    steady, server = Clock(7.0), Server(1000.0)
    clock = ServerClock(server, steady)
    assert clock() == 1000.0
    steady.advance(LOOK_EVERY - 1)
    assert (clock(), server.asked) == (1000.0 + LOOK_EVERY - 1, 1)
    server.now = 5000.0
    steady.advance(1)
    assert (clock(), server.asked) == (5000.0, 2)


def test_a_server_that_is_away_stops_no_clock() -> None:
    steady, server = Clock(7.0), Server(1000.0)
    clock = ServerClock(server, steady)
    server.away = True
    steady.advance(LOOK_EVERY)
    assert clock() == 1000.0 + LOOK_EVERY
    assert (clock(), server.asked) == (1000.0 + LOOK_EVERY, 2)
    server.away, server.now = False, 1100.0
    steady.advance(LOOK_AGAIN)
    assert (clock(), server.asked) == (1100.0, 3)


def test_a_clock_that_jumps_moves_nothing(postgres_ledger: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    database = open_database(postgres_ledger)
    monkeypatch.setattr(time, "time", lambda: now + 3600.0)
    assert abs(database.clock() - now) < 5.0
    database.close()
