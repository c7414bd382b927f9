"""The service as a queueing network: workers, ledger, broker and store, by what `benchmarks/scaling_costs.py` measured.

A job goes the way that it goes in the code: stored, submitted, published, taken, claimed, fetched, worked on with
heartbeats, its files stored, finished. Beside the jobs every worker sweeps and says that it lives.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from benchmarks.queueing import Station, Timeline, Waits

FIRST_REPUBLISH, LONGEST_BACK_OFF, BATCH = 10.0, 600.0, 100  # as in jobstore/fence.py and jobstore/sweep.py
RESTART = 30.0  # until a worker that died is back


@dataclass(frozen=True)
class Kind:
    """A kind of job: its share of all, its median seconds of work, the spread of their logarithm, and the longest."""

    name: str
    share: float
    median: float
    sigma: float
    longest: float
    stages: int
    upload: float  # bytes
    made: float  # bytes
    files: int


@dataclass(frozen=True)
class Plant:
    """A deployment; times in seconds, of one request."""

    workers: int
    jobs_per_day: float
    kinds: tuple[Kind, ...]
    ledger: dict[str, float]  # seconds by step
    ledger_width: int = 1  # transactions that go on at once
    message: float = 0.001
    stored: float = 0.03  # per file, beside its bytes
    store_bandwidth: float = 1e9  # bytes per second, of one stream
    store_width: int = 64
    turnover: float = 0.1  # of a worker per job, beside the work
    lease: float = 30.0
    sweep_every: float = 2.0
    sweeps_by_turns: bool = True  # else every worker sweeps for itself, as it was once
    losses_per_worker_day: float = 1.0


@dataclass
class Job:
    """One job on its way."""

    kind: Kind
    work: float
    came: float
    state: str = "queued"
    attempt: int = 0
    publishes: int = 0
    begun: float = 0.0


@dataclass
class Told:
    """What happened since the warm-up."""

    ended: int = 0
    idle: float = 0.0  # seconds of all workers together
    waits: Waits = field(default_factory=Waits)
    attempts: int = 0
    losses: int = 0
    messages: int = 0
    duplicates: int = 0
    steps: dict[str, int] = field(default_factory=dict)
    bytes: float = 0.0
    sojourn: float = 0.0


class Fleet:
    """One run; `seed` decides everything that is by chance."""

    def __init__(self, plant: Plant, hours: float, seed: int) -> None:
        self.plant, self.time, self.told = plant, Timeline(), Told()
        self.ledger, self.broker = Station(plant.ledger_width), Station(1)
        self.store = Station(plant.store_width)
        self.idle: deque[int] = deque(range(plant.workers))
        self.messages: deque[Job] = deque()
        self._due: list[tuple[float, int, Job]] = []
        self._number = 0
        self._idle_since = 0.0
        self._draw = np.random.default_rng(seed)
        self._until = hours * 3600.0
        self._coming = self._arrivals()
        self._expect()
        self._plan_chores()

    def run(self, warm_up: float = 600.0) -> Told:
        """The figures from the end of the warm-up on."""
        self.time.run(warm_up)
        self._idle_until_now()
        self.told = Told()
        for station in (self.ledger, self.broker, self.store):
            station.forget()
        self.time.run(self._until)
        self._idle_until_now()
        return self.told

    def _arrivals(self) -> Iterator[Job]:
        """Jobs, in the order in which they come: a Poisson stream of the mix."""
        rate = self.plant.jobs_per_day / 86400.0
        number = int(self._draw.poisson(rate * self._until))
        came = np.sort(self._draw.uniform(0.0, self._until, number))
        kinds = self._draw.choice(len(self.plant.kinds), number, p=[kind.share for kind in self.plant.kinds])
        normal = self._draw.standard_normal(number)
        for when, place, deviation in zip(came.tolist(), kinds.tolist(), normal.tolist(), strict=True):
            kind = self.plant.kinds[place]
            yield Job(kind, min(kind.longest, kind.median * float(np.exp(kind.sigma * deviation))), when)

    def _expect(self) -> None:
        job = next(self._coming, None)
        if job is not None:
            self.time.at(job.came, self._arrive, job)

    def _plan_chores(self) -> None:
        plant = self.plant
        sweepers = 1 if plant.sweeps_by_turns else plant.workers
        for phase in self._draw.uniform(0.0, plant.sweep_every, sweepers).tolist():
            self.time.at(phase, self._sweep)
        if plant.sweeps_by_turns:
            for phase in self._draw.uniform(0.0, plant.sweep_every, plant.workers).tolist():
                self.time.at(phase, self._turn)
        for phase in self._draw.uniform(0.0, plant.lease / 3, plant.workers).tolist():
            self.time.at(phase, self._presence)

    def _step(self, name: str) -> float:
        """A step in the ledger; when it is done."""
        self.told.steps[name] = self.told.steps.get(name, 0) + 1
        return self.ledger.ask(self.time.now, self.plant.ledger[name])

    def _stored(self, size: float, files: int) -> float:
        """Files on their way to or from the store, one after another; when the last is there."""
        self.told.bytes += size
        service = files * self.plant.stored + size / self.plant.store_bandwidth
        return self.store.ask(self.time.now, service)

    def _arrive(self, job: Job) -> None:
        self._expect()
        self.time.at(self._stored(job.kind.upload, 1), self._submit, job)

    def _submit(self, job: Job) -> None:
        done = self._step("submit")
        self._republish_at(job, done + FIRST_REPUBLISH)
        self.time.at(done, self._publish, job)

    def _publish(self, job: Job) -> None:
        self.told.messages += 1
        self.time.at(self.broker.ask(self.time.now, self.plant.message), self._deliver, job)

    def _deliver(self, job: Job) -> None:
        self.messages.append(job)
        if self.idle:
            self._idle_until_now()
            self._take(self.idle.popleft())

    def _take(self, worker: int) -> None:
        if not self.messages:
            self._idle_until_now()
            self.idle.append(worker)
            return
        job = self.messages.popleft()
        self.time.at(self._step("claim"), self._claimed, (worker, job))

    def _claimed(self, pair: tuple[int, Job]) -> None:
        worker, job = pair
        if job.state != "queued":
            self.told.duplicates += 1
            self._take(worker)
            return
        job.state, job.attempt, job.begun = "running", job.attempt + 1, self.time.now
        self.told.attempts += 1
        if job.attempt == 1:
            self.told.waits.add(self.time.now - job.came)
        self.time.at(self._stored(job.kind.upload, 1), self._work, pair)

    def _work(self, pair: tuple[int, Job]) -> None:
        job = pair[1]
        now, plant = self.time.now, self.plant
        end = now + plant.turnover + job.work
        rate = plant.losses_per_worker_day / 86400.0
        lost = now + self._draw.exponential(1.0 / rate) if rate else np.inf
        self.time.at(now + plant.lease / 3, self._beat, (job, job.attempt, min(end, lost)))
        for share in self._draw.uniform(0.0, 1.0, job.kind.stages).tolist():
            if now + share * (end - now) < lost:
                self.time.at(now + share * (end - now), self._change_stage, job)
        if lost < end:
            self.time.at(lost, self._lose, pair)
        else:
            self.time.at(end, self._keep, pair)

    def _beat(self, beat: tuple[Job, int, float]) -> None:
        _, _, end = beat
        if self.time.now < end:
            self.time.at(self._step("heartbeat") + self.plant.lease / 3, self._beat, beat)

    def _change_stage(self, _job: Job) -> None:
        self._step("heartbeat")

    def _lose(self, pair: tuple[int, Job]) -> None:
        worker, job = pair
        self.told.losses += 1
        beaten = (self.time.now - job.begun) % (self.plant.lease / 3)
        self.time.at(self.time.now + self.plant.lease - beaten, self._expire, job)
        self.time.at(self.time.now + RESTART, self._take, worker)

    def _expire(self, job: Job) -> None:
        # Seen by the next sweep, which also publishes it.
        job.state = "queued"
        self._republish_at(job, self.time.now)

    def _keep(self, pair: tuple[int, Job]) -> None:
        job = pair[1]
        self.time.at(self._stored(job.kind.made, job.kind.files), self._finish, pair)

    def _finish(self, pair: tuple[int, Job]) -> None:
        worker, job = pair
        done = self._step("finish")
        job.state = "ended"
        self.told.ended += 1
        self.told.sojourn += done - job.came
        self.time.at(done, self._take, worker)

    def _turn(self, _nothing: None) -> None:
        self.time.at(self._step("turn") + self.plant.sweep_every, self._turn)

    def _sweep(self, _nothing: None) -> None:
        done = self._step("sweep")
        for _ in range(BATCH):
            if not self._due or self._due[0][0] > self.time.now:
                break
            _, _, job = heappop(self._due)
            if job.state == "queued":
                job.publishes += 1
                pause = min(LONGEST_BACK_OFF, FIRST_REPUBLISH * 2.0**job.publishes)
                self._republish_at(job, self.time.now + pause)
                self.time.at(done, self._publish, job)
        self.time.at(done + self.plant.sweep_every, self._sweep)

    def _presence(self, _nothing: None) -> None:
        self.time.at(self._step("presence") + self.plant.lease / 3, self._presence)

    def _idle_until_now(self) -> None:
        self.told.idle += len(self.idle) * (self.time.now - self._idle_since)
        self._idle_since = self.time.now

    def _republish_at(self, job: Job, when: float) -> None:
        self._number += 1
        heappush(self._due, (when, self._number, job))
