"""Finds a job by the id in an address."""

import re

from jobstore import queries
from jobstore.records import JobRecord
from service.problems import ProblemError, refusal
from service.stores import Stores

ID = re.compile(r"^[0-9a-f]{32}$")


def found_job(stores: Stores, job: str) -> JobRecord:
    """The job; raises `ProblemError` where there is none."""
    record = queries.get(stores.database, job) if ID.fullmatch(job) else None
    if record is None:
        raise no_job(job)
    return record


def no_job(job: str) -> ProblemError:
    """The refusal of an id that no job has."""
    return refusal("not-found", f"There is no job {job!r}; see /jobs for those there are")
