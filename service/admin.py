"""`python -m service.admin queue | workers | requeue JOB | purge | cancel-all`: what an operator sees and does.

It works on the ledger, so it needs no API process; `rfengine admin` starts it.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from api_schemas.job import JobStatus
from jobstore import admin, retention, statistics, workers
from jobstore.admin import NotRequeuedError
from jobstore.artifacts import open_artifacts
from jobstore.broker import open_broker
from jobstore.database import Database, open_database
from jobstore.environment import BadSettingError
from jobstore.settings import StoreSettings

BAD_INPUT, INFRASTRUCTURE = 2, 3
SHOWN = 20  # jobs of a listing, where nothing else is asked for
ENDED = tuple(status.value for status in JobStatus if status.final)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Place:
    """What the commands work on."""

    settings: StoreSettings
    database: Database

    @property
    def now(self) -> float:
        """Seconds since the epoch, by the ledger's clock."""
        return self.database.clock()


@dataclass(frozen=True)
class Found:
    """What a command answers: tables by their names, and a line for who reads them."""

    tables: Mapping[str, Sequence[Row]]
    said: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked and print it; 2 where it cannot be asked, 3 where the stores do not answer."""
    given = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        settings = StoreSettings.from_environment()
        place = Place(settings, _opened(settings))
    except BadSettingError as error:
        return _failed(str(error), BAD_INPUT)
    except SQLAlchemyError as error:
        return _failed(f"the ledger of RFENGINE_DATABASE_URL does not answer: {_brief(error)}", INFRASTRUCTURE)
    command: Callable[[Place, argparse.Namespace], Found] = given.command
    try:
        _print(command(place, given), as_json=given.json)
    except NotRequeuedError as error:
        return _failed(str(error), BAD_INPUT)
    except SQLAlchemyError as error:
        return _failed(f"the ledger failed: {_brief(error)}; what was done before stays", INFRASTRUCTURE)
    finally:
        place.database.close()
    return 0


def queue(place: Place, given: argparse.Namespace) -> Found:
    """Each queue in figures, and the jobs that are not done."""
    standing = statistics.standing(place.database)
    alive = [one for one in workers.present(place.database) if one.lives(place.now, place.settings.lease)]
    names = sorted({*(one.sort.queue for one in standing), *(one.queue for one in alive), "cpu"})
    queues = [_queue_row(name, standing, sum(one.queue == name for one in alive), place.now) for name in names]
    listed = [
        {
            "id": job.id,
            "queue": job.queue,
            "status": job.status.value,
            "stage": job.stage,
            "progress": round(job.progress, 3),
            "attempt": job.attempt,
            "losses": job.losses,
            "crashes": job.crashes,
            "age_s": round(place.now - job.created, 1),
            "parent": job.parent,
        }
        for job in admin.shown(place.database, given.limit)
    ]
    return Found({"queues": queues, "jobs": listed})


def show_workers(place: Place, _given: argparse.Namespace) -> Found:
    """All workers: alive, stopping, or lost without a word."""
    rows = []
    for one in workers.present(place.database):
        lives = one.lives(place.now, place.settings.lease)
        state = "lost" if not lives else "stopping" if one.stopping else "alive"
        since = {"up_s": round(place.now - one.started, 1), "seen_s": round(place.now - one.seen, 1)}
        told = {name: value for name, value in asdict(one).items() if name not in ("started", "seen", "stopping")}
        rows.append({**told, "state": state, **since, "jobs": list(one.jobs)})
    return Found({"workers": rows}, "" if rows else "no worker is there; start one with `python -m worker`")


def requeue(place: Place, given: argparse.Namespace) -> Found:
    """Put one job back in the queue and publish it."""
    record = admin.requeue(place.database, given.job)
    if record.status is JobStatus.QUEUED:
        broker = open_broker(place.settings.broker_url)
        # Where the broker is away a worker's sweep publishes it.
        with suppress(Exception):
            broker.publish(record.id, record.queue)
        broker.close()
    return Found({"jobs": [{"id": record.id, "queue": record.queue, "status": record.status.value}]})


def purge(place: Place, given: argparse.Namespace) -> Found:
    """Delete what old jobs were asked and made; their addresses answer 410 from then on."""
    statuses = [JobStatus(name) for name in given.status or ENDED]
    gone = admin.purge(place.database, given.older_than, statuses)
    store, removed = open_artifacts(place.settings.artifact_url), 0
    while some := retention.drain(place.database, store):
        removed += some
    return Found({"jobs": [{"id": job} for job in gone]}, f"{len(gone)} jobs purged, {removed} files removed")


def cancel_all(place: Place, given: argparse.Namespace) -> Found:
    """Ask for the end of all that is not done."""
    ended = admin.cancel_all(place.database, given.queue)
    return Found({"jobs": [{"id": job} for job in ended]}, f"{len(ended)} jobs are asked to end")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rfengine admin", description="See and do what an operator must.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--json", action="store_true", help="print JSON instead of tables")

    def command(name: str, act: Callable[[Place, argparse.Namespace], Found]) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=act.__doc__, parents=[shared])
        added.set_defaults(command=act)
        return added

    command("queue", queue).add_argument("--limit", type=int, default=SHOWN, help="jobs to list")
    command("workers", show_workers)
    command("requeue", requeue).add_argument("job", help="the job's id")
    old = command("purge", purge)
    old.add_argument("--older-than", type=float, required=True, metavar="DAYS", help="since they ended")
    old.add_argument("--status", action="append", choices=ENDED, help="only these; repeat for several")
    command("cancel-all", cancel_all).add_argument("--queue", help="only this queue")
    return parser


def _opened(settings: StoreSettings) -> Database:
    url = make_url(settings.database_url)
    # Opening would make one, and show an empty queue to who has only named the wrong folder.
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise BadSettingError(
            f"there is no ledger at {url.database}; set RFENGINE_DATA or RFENGINE_DATABASE_URL as the service has it"
        )
    return open_database(settings.database_url)


def _queue_row(name: str, standing: Iterable[statistics.Standing], alive: int, now: float) -> Row:
    here = [one for one in standing if one.sort.queue == name]
    number = {
        status: sum(one.jobs for one in here if one.sort.status == status)
        for status in ("queued", "running", "waiting", "failed")
    }
    oldest = [now - one.oldest for one in here if one.sort.status == "queued"]
    return {"queue": name, **number, "oldest_s": round(max(oldest, default=0.0), 1), "workers": alive}


def _print(found: Found, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found.tables, indent=2))
        return
    console = Console(markup=False, highlight=False)
    for name, rows in found.tables.items():
        if rows:
            table = Table(*(Column(head, overflow="fold") for head in rows[0]), title=name, title_justify="left")
            for row in rows:
                table.add_row(*(_cell(value) for value in row.values()))
            console.print(table)
    if found.said:
        console.print(found.said)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    # What a child or a client named must not steer the terminal.
    return "" if value is None else "".join(sign if sign.isprintable() else "?" for sign in str(value))


def _brief(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


def _failed(message: str, code: int) -> int:
    print(f"rfengine admin: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
