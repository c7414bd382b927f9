"""A million jobs a day on 1,000 workers: where the time goes, and what gives way first.

    python -m benchmarks.scaling [--hours 1] [--seed 0] [--only SCENARIO] [--json FILE]

A discrete-event simulation (`benchmarks/fleet.py`) with the costs of `benchmarks/data/scaling.json`, which
`python -m benchmarks.scaling_costs` measured. `python -m benchmarks.scaling_real` holds it against real processes.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.fleet import Fleet, Kind, Plant

DATA = Path(__file__).parent / "data" / "scaling.json"

# What is assumed and not measured: how jobs are mixed, how much they vary, and what a bucket takes.
SHARES = {"theory": 0.55, "check": 0.20, "default": 0.20}
PART = Kind("part", 0.05, 240.0, 1.2, 14400.0, stages=4, upload=5e6, made=2e4, files=0)
SIGMA = 0.8  # of the logarithm of a job's seconds, within a kind
UPLOAD = 50e6  # bytes of a model
TIMEOUT = 900.0  # RFENGINE_JOB_TIMEOUT
STAGES = 6
BUCKET = {"stored": 0.03, "store_bandwidth": 80e6, "store_width": 256}

READS = ("turn",)  # steps in the ledger that write nothing


@dataclass(frozen=True)
class Scenario:
    """One deployment, and what is special about it."""

    name: str
    plant: Plant


def scenarios(costs: dict[str, Any], workers: int = 1000, jobs: float = 1e6) -> tuple[Scenario, ...]:
    """From the defaults to what carries the load, and beyond it."""
    kinds = kinds_of(costs)
    sqlite = _plant(costs, "sqlite", workers, jobs, kinds)
    postgres = _plant(costs, "postgresql", workers, jobs, kinds)
    every = replace(postgres, sweeps_by_turns=False)
    rare = replace(postgres, sweep_every=20.0)
    few = max(1, workers // 20)
    slow = f"PostgreSQL, RFENGINE_SWEEP={rare.sweep_every:g}"
    return (
        Scenario("SQLite, 20th of the fleet and the jobs", _plant(costs, "sqlite", few, jobs / 20, kinds)),
        Scenario("SQLite, defaults", sqlite),
        Scenario("PostgreSQL, defaults", postgres),
        Scenario("PostgreSQL, every worker sweeps for itself (as it was)", every),
        Scenario(slow, rare),
        Scenario(f"{slow}, 2 x the jobs", replace(rare, jobs_per_day=2 * jobs)),
        Scenario(f"{slow}, 2 x the jobs, RFENGINE_LEASE=120", replace(rare, jobs_per_day=2 * jobs, lease=120.0)),
        Scenario(f"{slow}, 3 x the jobs, commits in a quarter of the time", _quicker(rare, 3 * jobs)),
        Scenario(f"{slow}, a bucket of 20 streams", replace(rare, store_width=20)),
    )


def _quicker(plant: Plant, jobs: float) -> Plant:
    steps = {name: seconds / 4 for name, seconds in plant.ledger.items()}
    return replace(plant, jobs_per_day=jobs, ledger=steps)


def kinds_of(costs: dict[str, Any]) -> tuple[Kind, ...]:
    """The mix: measured seconds and files, assumed shares and spreads."""
    measured = [
        Kind(
            name,
            share,
            costs["jobs"][name]["seconds"],
            SIGMA,
            TIMEOUT,
            STAGES,
            UPLOAD,
            costs["jobs"][name]["artifact_bytes"],
            round(costs["jobs"][name]["artifacts"]),
        )
        for name, share in SHARES.items()
    ]
    return (*measured, PART)


def _plant(costs: dict[str, Any], ledger: str, workers: int, jobs: float, kinds: tuple[Kind, ...]) -> Plant:
    measured = costs["ledger"][ledger]
    steps = {name: step["ms"] / 1e3 for name, step in measured["steps"].items()}
    # Whose turn it is to sweep, and whether a job waits, are looks at one row each.
    steps["turn"] = 2 * steps["cancel look"]
    # So many transactions go on at once as many connections got through more than one did.
    rates = measured["heartbeats_per_s"]
    width = 1 if ledger == "sqlite" else max(1, round(max(rates.values()) / rates["1"]))
    broker = costs["broker"]["sqlite" if ledger == "sqlite" else "redis"]["publish_ms"] / 1e3
    return Plant(workers, jobs, kinds, steps, width, message=broker, **BUCKET)


def told(scenario: Scenario, hours: float, seed: int) -> dict[str, Any]:
    """One row of the table; utilisations are shares of what the servers of a station could do."""
    plant = scenario.plant
    fleet = Fleet(plant, hours, seed)
    warm_up = 600.0
    found, seconds = fleet.run(warm_up), hours * 3600.0 - warm_up
    writes = sum(number for step, number in found.steps.items() if step not in READS)
    return {
        "scenario": scenario.name,
        "jobs_per_day": round(found.ended / seconds * 86400.0),
        "workers_busy": 1.0 - found.idle / seconds / plant.workers,
        "wait_s": found.waits.mean,
        "wait_p99_s": found.waits.quantile(0.99),
        "ledger_busy": fleet.ledger.busy / seconds / plant.ledger_width,
        "ledger_wait_ms": 1e3 * fleet.ledger.waits.mean,
        "ledger_wait_p99_ms": 1e3 * fleet.ledger.waits.quantile(0.99),
        "writes_per_s": writes / seconds,
        "sweeps_share": found.steps.get("sweep", 0) / max(1, writes),
        "broker_busy": fleet.broker.busy / seconds,
        "messages_per_job": found.messages / max(1, found.ended),
        "duplicates": found.duplicates,
        "store_busy": fleet.store.busy / seconds / plant.store_width,
        "store_wait_ms": 1e3 * fleet.store.waits.mean,
        "MB_per_s": found.bytes / seconds / 1e6,
        "losses": found.losses,
        "polls_per_s": found.sojourn / seconds,
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown."""
    heads = ("scenario", "jobs a day", "workers busy", "wait mean / p99, s", "ledger busy", "its wait mean / p99, ms")
    heads += ("writes/s (sweeps)", "broker busy", "messages a job", "store busy", "MB/s")
    lines = ["| " + " | ".join(heads) + " |", "|---|" + "--:|" * (len(heads) - 1)]
    for row in rows:
        cells = (
            row["scenario"],
            f"{row['jobs_per_day']:,}",
            f"{row['workers_busy']:.0%}",
            f"{row['wait_s']:.2f} / {row['wait_p99_s']:.1f}",
            f"{row['ledger_busy']:.0%}",
            f"{row['ledger_wait_ms']:.1f} / {row['ledger_wait_p99_ms']:.0f}",
            f"{row['writes_per_s']:.0f} ({row['sweeps_share']:.0%})",
            f"{row['broker_busy']:.1%}",
            f"{row['messages_per_job']:.2f}",
            f"{row['store_busy']:.0%}",
            f"{row['MB_per_s']:.0f}",
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling")
    parser.add_argument("--hours", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", help="the scenario of this name")
    given = parser.parse_args()
    found = scenarios(json.loads(DATA.read_text()))
    rows = [told(one, given.hours, given.seed) for one in found if given.only in (None, one.name)]
    print(table(rows))
    if given.json:
        given.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
