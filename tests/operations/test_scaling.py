"""The simulation of `docs/scaling.md`: against theory where there is some, and against real processes."""

import json
import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.fleet import Fleet, Job, Plant
from benchmarks.queueing import Station, Timeline, Waits, erlang_c, mg1_wait, mmc_wait
from benchmarks.scaling import DATA, scenarios, table, told
from benchmarks.scaling_real import NOTHING, TOLERANCE, compare

COSTS = json.loads(DATA.read_text())
FREE = dict.fromkeys(("submit", "claim", "heartbeat", "finish", "sweep", "turn", "presence"), 0.0)


class Memoryless(Fleet):
    """M/M/c: exponential work, and nothing else that takes time."""

    def __init__(self, servers: int, arrivals: float, service: float, hours: float, seed: int) -> None:
        self._mean = (1.0 / arrivals, service)
        plant = Plant(servers, 0.0, (NOTHING,), FREE, message=0.0, stored=0.0, turnover=0.0, sweep_every=60.0)
        super().__init__(replace(plant, losses_per_worker_day=0.0), hours, seed)

    def _arrivals(self) -> Iterator[Job]:
        self.came, self.work, when = 0, 0.0, 0.0
        while True:
            when += self._draw.exponential(self._mean[0])
            work = self._draw.exponential(self._mean[1])
            self.came, self.work, self.last = self.came + 1, self.work + work, when
            yield Job(NOTHING, work, when)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (4, 0.75), (10, 0.7)])
def test_a_simple_fleet_waits_as_erlang_says(servers: int, load: float) -> None:
    service = 10.0
    arrivals = load * servers / service
    # So long that about 60,000 jobs come; at a higher load even these would not be enough to know the mean.
    fleet = Memoryless(servers, arrivals, service, 60_000 / arrivals / 3600.0, seed=7)
    found = fleet.run(warm_up=2000.0)
    # The means that were drawn, and not those that were asked for: they differ by a hundredth, and waits by a tenth.
    rate, mean = fleet.came / fleet.last, fleet.work / fleet.came
    assert (rate, mean) == (pytest.approx(arrivals, rel=0.02), pytest.approx(service, rel=0.02))
    assert found.waits.mean == pytest.approx(mmc_wait(servers, rate, mean), rel=0.08)
    waiting = 1.0 - found.waits.classes[0] / found.waits.number
    assert waiting == pytest.approx(erlang_c(servers, rate * mean), rel=0.05)
    assert found.ended == pytest.approx(60_000, rel=0.05)


def test_erlang_c_has_its_published_values() -> None:
    """A single server waits with its load; Cooper, Introduction to Queueing Theory, 1981: C(10, 8) = 0.409."""
    assert erlang_c(1, 0.3) == pytest.approx(0.3)
    assert erlang_c(10, 8.0) == pytest.approx(0.409, abs=5e-4)
    # The sum that defines it.
    tail = 8.0**10 / math.factorial(10) * 10 / 2
    assert erlang_c(10, 8.0) == pytest.approx(tail / (sum(8.0**n / math.factorial(n) for n in range(10)) + tail))


@pytest.mark.parametrize("sigma", [0.0, 1.0])
def test_one_server_with_any_service_waits_as_pollaczek_and_khinchine_say(sigma: float) -> None:
    draw = np.random.default_rng(3)
    number, arrivals = 200_000, 0.6
    service = np.exp(sigma * draw.standard_normal(number) - sigma**2 / 2)  # of mean 1
    station = Station(1)
    for when, needs in zip(np.cumsum(draw.exponential(1 / arrivals, number)).tolist(), service.tolist(), strict=True):
        station.ask(when, needs)
    expected = mg1_wait(arrivals, float(service.mean()), float((service**2).mean()))
    assert station.waits.mean == pytest.approx(expected, rel=0.1)


def test_quantiles_are_at_most_a_class_too_long() -> None:
    waits, drawn = Waits(), np.random.default_rng(1).exponential(3.0, 20_000)
    for one in drawn.tolist():
        waits.add(one)
    for share in (0.5, 0.9, 0.99):
        exact = float(np.quantile(drawn, share))
        assert exact <= waits.quantile(share) * 1.001 <= exact * 1.13


def test_what_is_due_at_once_happens_in_the_order_of_planning() -> None:
    timeline, seen = Timeline(), []
    for name in "abc":
        timeline.at(1.0, seen.append, name)
    timeline.at(0.5, seen.append, "first")
    timeline.at(2.0, seen.append, "too late")
    timeline.run(2.0)
    assert (seen, timeline.now) == (["first", "a", "b", "c"], 2.0)


def test_a_fleet_is_decided_by_its_seed_and_loses_no_job() -> None:
    (scenario,) = [one for one in scenarios(COSTS, workers=40, jobs=40_000) if one.name == "PostgreSQL, defaults"]
    lossy = replace(scenario, plant=replace(scenario.plant, losses_per_worker_day=200.0))
    first, again, other = (told(lossy, 1.0, seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert first["losses"] > 20
    fleet = Fleet(lossy.plant, 3.0, seed=1)
    fleet._coming = (job for job in fleet._coming if job.came < 3600.0)
    came = 1  # the first is planned already

    def counted(jobs: Iterator[Job]) -> Iterator[Job]:
        nonlocal came
        for job in jobs:
            came += 1
            yield job

    fleet._coming = counted(fleet._coming)
    assert fleet.run(warm_up=0.0).ended >= 0.99 * came  # parts of hours may still run


def test_the_shares_of_the_load_are_as_the_model_has_them() -> None:
    """Against the products of rates and seconds, without any simulation."""
    (scenario,) = [one for one in scenarios(COSTS) if "SWEEP" in one.name and one.plant.jobs_per_day == 1e6][:1]
    plant = scenario.plant
    found = told(scenario, 0.5, seed=5)
    rate = plant.jobs_per_day / 86400.0
    looks = plant.ledger["turn"] / plant.sweep_every + plant.ledger["presence"] / (plant.lease / 3)
    chores = plant.ledger["sweep"] / plant.sweep_every + plant.workers * looks
    per_job = sum(plant.ledger[step] for step in ("submit", "claim", "finish"))
    stages = sum(kind.share * kind.stages for kind in plant.kinds) * plant.ledger["heartbeat"]
    least = (chores + rate * (per_job + stages)) / plant.ledger_width
    assert least < found["ledger_busy"] < 1.6 * least  # what is above are heartbeats of long jobs
    assert found["jobs_per_day"] == pytest.approx(1e6, rel=0.05)
    assert scenario.name in table([found])


def test_two_real_workers_take_as_long_as_foretold() -> None:
    real, foretold = compare()
    assert foretold.makespan == pytest.approx(real.makespan, rel=TOLERANCE)
    assert foretold.wait == pytest.approx(real.wait, rel=TOLERANCE)
