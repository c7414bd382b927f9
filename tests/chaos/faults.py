"""What is done to a running service, by name. A new fault is one function here."""

import errno
import random
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.kept import Kept, kill_quietly
from tests.chaos.worlds import LEASE, World

Act = Callable[[World, random.Random], None]


@dataclass(frozen=True)
class Fault:
    """One fault: how often it comes beside the others, and in which pairings."""

    name: str
    act: Act
    weight: int
    pairings: tuple[str, ...]


FAULTS: dict[str, Fault] = {}


def fault(weight: int, *pairings: str) -> Callable[[Act], Act]:
    """Enter a function under its own name; without pairings it is for both."""

    def enter(act: Act) -> Act:
        name = act.__name__
        assert name not in FAULTS
        FAULTS[name] = Fault(name, act, weight, pairings or ("embedded", "scale"))
        return act

    return enter


def faults_of(pairing: str) -> list[Fault]:
    """What can be done to a pairing."""
    return [each for each in FAULTS.values() if pairing in each.pairings]


@fault(8)
def worker_killed(world: World, chance: random.Random) -> None:
    _kill_and_start(world, chance.choice(world.workers), chance)


@fault(8)
def child_killed(world: World, chance: random.Random) -> None:
    """One of the processes under a worker: the child of a job, or the server that children are forked from."""
    deadline = time.monotonic() + 3.0
    while time.monotonic() < deadline:
        if children := chance.choice(world.workers).children():
            world.kills += kill_quietly(chance.choice(children))
            return
        time.sleep(0.05)


@fault(5)
def api_killed(world: World, chance: random.Random) -> None:
    _kill_and_start(world, chance.choice(world.apis), chance)


@fault(3)
def worker_frozen(world: World, chance: random.Random) -> None:
    """For longer than its lease: its jobs are somebody else's when it wakes up, and it does not know."""
    _freeze(chance.choice(world.workers), LEASE * 2.5)


@fault(2)
def api_frozen(world: World, chance: random.Random) -> None:
    _freeze(chance.choice(world.apis), 2.0)


@fault(2)
def power_cut(world: World, chance: random.Random) -> None:
    """Every process of the service at once, and all that they had started."""
    for process in world.processes:
        process.look()
    below = [pid for process in world.workers for pid in process.children()]
    for process in world.processes:
        process.kill()
        world.kills += 1
    for pid in below:
        world.kills += kill_quietly(pid)
    time.sleep(chance.uniform(0.0, 1.0))
    for process in world.processes:
        process.start()


@fault(2)
def disk_filled(world: World, chance: random.Random) -> None:
    """Nothing more can be written where uploads, ledger and artifacts, or the workers' folders, lie."""
    if world.disk is None:
        return
    filler = world.disk / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"\0" * (1 << 20))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
            time.sleep(chance.uniform(1.0, 3.0))
    finally:
        filler.unlink()


@fault(1)
def clock_set(world: World, chance: random.Random) -> None:
    """The machine's clock jumps an hour ahead, and later back."""
    world.set_clock(3600.0)
    time.sleep(chance.uniform(1.0, 3.0))
    world.set_clock(0.0)


@fault(2, "embedded")
def queue_lost(world: World, chance: random.Random) -> None:
    """Everything is killed, and the queue's file is gone: the ledger alone is left."""
    for process in world.processes:
        process.kill()
        world.kills += 1
    for file in Path(world.folder).glob("broker.db*"):
        file.unlink()
    for process in world.processes:
        process.start()


@fault(4, "scale")
def broker_killed(world: World, chance: random.Random) -> None:
    _server_killed(world, "redis", chance)


@fault(2, "scale")
def broker_emptied(world: World, chance: random.Random) -> None:
    """Redis is killed and everything that it had written down is gone."""
    redis = world.servers["redis"]
    redis.kill()
    world.kills += 1
    shutil.rmtree(redis.folder / "appendonlydir")
    redis.start()


@fault(3, "scale")
def ledger_killed(world: World, chance: random.Random) -> None:
    _server_killed(world, "postgres", chance)


@fault(2, "scale")
def ledger_restarted(world: World, chance: random.Random) -> None:
    postgres = world.servers["postgres"]
    postgres.kill(signal.SIGINT)  # PostgreSQL's fast shutdown: connections are cut, nothing is lost
    time.sleep(chance.uniform(0.0, 2.0))
    postgres.start()


@fault(1, "scale")
def ledger_frozen(world: World, chance: random.Random) -> None:
    _server_frozen(world, "postgres", chance)


@fault(1, "scale")
def broker_frozen(world: World, chance: random.Random) -> None:
    _server_frozen(world, "redis", chance)


@fault(2, "scale")
def store_frozen(world: World, chance: random.Random) -> None:
    """The tests' S3 server keeps its files in memory, so it is not killed: that would be the loss of a bucket."""
    _server_frozen(world, "s3", chance)


def _kill_and_start(world: World, victim: Kept, chance: random.Random) -> None:
    victim.kill()
    world.kills += 1
    time.sleep(chance.uniform(0.0, 1.5))
    victim.start()


def _freeze(victim: Kept, seconds: float) -> None:
    victim.send(signal.SIGSTOP)
    time.sleep(seconds)
    victim.send(signal.SIGCONT)


def _server_killed(world: World, name: str, chance: random.Random) -> None:
    server = world.servers[name]
    server.kill()
    world.kills += 1
    time.sleep(chance.uniform(0.0, 2.0))
    server.start()


def _server_frozen(world: World, name: str, chance: random.Random) -> None:
    server = world.servers[name]
    server.kill(signal.SIGSTOP)
    time.sleep(chance.uniform(1.0, 4.0))
    server.kill(signal.SIGCONT)
