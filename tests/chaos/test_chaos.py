"""A short run on each pairing: the faults that cost most, once each. The long ones are in docs/reliability.md."""

import os

import pytest

from tests.chaos.faults import FAULTS, faults_of
from tests.chaos.run import run
from tests.chaos.worlds import PAIRINGS

SEED = 7
SHORT = {
    "embedded": ("worker_killed", "child_killed", "worker_frozen", "queue_lost", "power_cut", "clock_set"),
    "scale": ("broker_killed", "worker_killed", "ledger_killed", "broker_emptied", "api_killed", "store_frozen"),
}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("pairing", PAIRINGS)
def test_no_accepted_job_is_lost_doubled_or_forgotten(pairing: str) -> None:
    # A small file system can be mounted by root only; who is not root leaves that fault to CI.
    full = ("disk_filled",) if os.geteuid() == 0 else ()
    record = run(pairing, jobs=30, kills=0, seed=SEED, only=(*SHORT[pairing], *full))
    assert record.violations == [], f"seed {SEED}: {record}"
    assert record.jobs >= 20
    assert sum(record.faults.values()) == len(SHORT[pairing]) + len(full)
    assert record.kills >= 4
    assert record.outcomes["sweep"].get("succeeded", 0) >= 1


def test_every_fault_is_for_some_pairing() -> None:
    assert set(FAULTS) == {each.name for pairing in PAIRINGS for each in faults_of(pairing)}
    assert all(name in FAULTS for names in SHORT.values() for name in names)
