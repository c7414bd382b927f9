"""Holds what is there at the end against what the clients were told."""

import hashlib
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from jobstore.database import open_database
from jobstore.settings import StoreSettings
from jobstore.tables import artifacts, jobs, parts
from tests.chaos.account import Account, Told
from tests.chaos.load import ENDS
from tests.chaos.worlds import World

SQUARES = ["0", "1", "4", "9"]  # what a sweep of four parts finds
MAX_CRASHES = 2
ENDS_WITHIN = 5.0  # seconds after a worker's end for what it had started


def audit_answers(account: Account, world: World) -> None:
    """Every accepted job, its report and its files, as clients get them."""
    with httpx.Client(base_url=world.urls[0], headers=world.headers, timeout=30.0) as http:
        for id, told in account.told.items():
            if told.deleted:
                _is_gone(account, http, id)
                continue
            answer = http.get(f"/jobs/{id}")
            account.looked(id, answer.status_code, answer.json())
            if told.end is None:
                account.complain(f"{id} ({told.kind}): never ended, it is {answer.json().get('status')}")
            elif told.end["status"] == "succeeded":
                _has_its_files(account, http, id, told)


def audit_ledger(account: Account, world: World) -> dict[str, int]:
    """The ledger itself; how many attempts, losses and crashes there were."""
    with closing(open_database(world.database_url)) as database, database.read() as connection:
        rows = {row.id: row._mapping for row in connection.execute(select(jobs))}
        counted = connection.execute(select(artifacts.c.job, func.count()).group_by(artifacts.c.job))
        files = {row[0]: row[1] for row in counted}
        twice = connection.execute(
            select(parts.c.key, jobs.c.parent, func.count()).join(jobs, jobs.c.id == parts.c.job)
            .group_by(parts.c.key, jobs.c.parent).having(func.count() > 1)
        ).all()  # fmt: skip
    account.violations += [f"part {key} of {parent} is there {number} times" for key, parent, number in twice]
    for id, row in rows.items():
        if row["status"] not in ("succeeded", "failed", "canceled"):
            account.complain(f"{id}: left {row['status']} in the ledger")
        if row["lease_expires"] is not None:
            account.complain(f"{id}: it has ended and somebody still holds it")
        if row["purged"] is not None and files.get(id):
            account.complain(f"{id}: deleted, and {files[id]} files are left of it")
    for id, told in account.told.items():
        if id not in rows:
            account.complain(f"{id} ({told.kind}): the ledger does not know it")
        elif told.end is not None and not told.deleted:
            _ended_as_it_must(account, id, told, rows)
    known = rows.values()
    return {name: sum(row[column] for row in known) for name, column in _COUNTED.items()} | {
        "jobs in the ledger, parts included": len(rows)
    }


_COUNTED = {"attempts": "attempt", "losses": "losses", "crashes": "crashes"}


def audit_processes(account: Account, world: World) -> None:
    """After all was asked to end: nothing that was started runs on."""
    deadline = time.monotonic() + ENDS_WITHIN
    while any(process.left() for process in world.processes) and time.monotonic() < deadline:
        time.sleep(0.1)
    for process in world.processes:
        for pid in process.left():
            what = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
            account.complain(f"{process.name}: process {pid}, which it started, runs on: {what}")


def outcomes(account: Account) -> dict[str, dict[str, int]]:
    """How many jobs of each kind ended how."""
    found: dict[str, Counter[str]] = {}
    for told in account.told.values():
        end = "deleted" if told.deleted else "open" if told.end is None else str(told.end["status"])
        found.setdefault(told.kind, Counter())[end] += 1
    return {kind: dict(sorted(ends.items())) for kind, ends in sorted(found.items())}


def _ended_as_it_must(account: Account, id: str, told: Told, rows: Mapping[str, Mapping[str, Any]]) -> None:
    row = rows[id]
    if row["status"] == ENDS[told.kind]:
        return
    spent = row["losses"] >= StoreSettings.max_losses or row["crashes"] >= MAX_CRASHES
    if row["status"] == "failed" and spent:
        return  # it was hit as often as a job may be, and says so
    account.complain(
        f"{id} ({told.kind}): {row['status']} after {row['losses']} losses and {row['crashes']} crashes: {row['error']}"
    )


def _has_its_files(account: Account, http: httpx.Client, id: str, told: Told) -> None:
    listed = http.get(f"/jobs/{id}/artifacts").json()["artifacts"]
    if "report.json" not in [each["name"] for each in listed]:
        account.complain(f"{id} ({told.kind}): succeeded without a report")
    for each in listed:
        content = http.get(f"/jobs/{id}/artifacts/{each['name']}")
        if content.status_code != 200 or hashlib.sha256(content.content).hexdigest() != each["sha256"]:
            account.complain(f"{id}: {each['name']} is not what was promised ({content.status_code})")
    if told.kind == "sweep":
        found = http.get(f"/jobs/{id}/report").json()["targets"]
        # A part that was hit too often stands there with its problem's type instead of its square.
        squares = [each for each in found if not each.startswith("urn:")]
        if len(found) != len(SQUARES) or len(set(squares)) != len(squares) or not set(squares) <= set(SQUARES):
            account.complain(f"{id}: a sweep with the parts {found} instead of {SQUARES}")


def _is_gone(account: Account, http: httpx.Client, id: str) -> None:
    answer = http.get(f"/jobs/{id}")
    if answer.status_code != 410:
        account.complain(f"{id}: deleted, and answered {answer.status_code}")
