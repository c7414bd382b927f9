"""Finds the job that an address means, for who may know of it."""

import re
from datetime import UTC, datetime

from jobstore import queries
from jobstore.records import JobRecord
from service.access import Caller, visible
from service.problems import ProblemError, refusal
from service.stores import Stores

ID = re.compile(r"^[0-9a-f]{32}$")


def the_job(stores: Stores, job: str, caller: Caller) -> JobRecord:
    """The job; raises `ProblemError` where there is none for the caller, or where its content is gone."""
    record = queries.get(stores.database, job) if ID.fullmatch(job) else None
    if record is None or not visible(record, caller):
        raise no_job(job)
    if record.purged is not None:
        raise gone(record.id, record.purged)
    return record


def no_job(job: str) -> ProblemError:
    """The refusal of an id that no job has, or none that the caller may see."""
    return refusal("not-found", f"There is no job {job!r}; see /jobs for those there are")


def gone(job: str, when: float) -> ProblemError:
    """The refusal of a job whose content was deleted, or has expired."""
    at = datetime.fromtimestamp(when, UTC).isoformat(timespec="seconds")
    detail = f"Job {job} and all that it made were deleted, or expired, at {at}; submit the question again"
    return refusal("gone", detail)
