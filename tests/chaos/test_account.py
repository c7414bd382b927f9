"""The account finds what a service can do wrong; a run without violations means something only because of that."""

import time
from typing import Any

import pytest

from tests.chaos.account import Account

JOB = "0" * 32


@pytest.fixture
def account() -> Account:
    opened = Account()
    opened.accepted(JOB, "fine", "1-0")
    return opened


def body(status: str, **more: Any) -> dict[str, Any]:
    ended = "2026-01-01T00:00:00Z" if status in ("succeeded", "failed", "canceled") else None
    return {"status": status, "ended_at": ended, "attempt": 1, "error": None, "summary": None, "stage": "x", **more}


def test_a_job_that_runs_and_ends_is_what_was_promised(account: Account) -> None:
    account.looked(JOB, 200, body("queued"))
    account.looked(JOB, 200, body("running"))
    account.looked(JOB, 503, {})  # says to come back, and nothing of the job
    assert account.open() == [JOB]
    account.looked(JOB, 200, body("succeeded"))
    account.looked(JOB, 200, body("succeeded", stage="y"))
    assert account.open() == []
    assert account.violations == []


@pytest.mark.parametrize("status", [404, 410, 500])
def test_an_accepted_job_that_is_not_there(account: Account, status: int) -> None:
    account.looked(JOB, status, {})
    assert len(account.violations) == 1


@pytest.mark.parametrize(
    "second",
    [
        body("failed"),
        body("succeeded", ended_at="2026-01-01T00:00:09Z"),
        body("succeeded", attempt=2),
        body("succeeded", summary={"targets": {}}),
        body("running"),
        body("queued"),
    ],
)
def test_a_second_end(account: Account, second: dict[str, Any]) -> None:
    account.looked(JOB, 200, body("succeeded"))
    account.looked(JOB, 200, second)
    assert len(account.violations) == 1
    assert "ended twice" in account.violations[0]


def test_a_question_that_became_two_jobs(account: Account) -> None:
    account.accepted(JOB, "fine", "1-0")
    assert account.violations == []
    account.accepted("1" * 32, "fine", "1-0")
    assert "two jobs" in account.violations[0]


def test_a_deleted_job_may_be_gone_and_may_not_be_forgotten(account: Account) -> None:
    account.looked(JOB, 200, body("succeeded"))
    account.deleting(JOB)
    account.looked(JOB, 410, {})
    assert account.violations == []
    account.looked(JOB, 404, {})
    assert len(account.violations) == 1


@pytest.mark.parametrize(("status", "reason"), [(503, 0), (429, 0), (500, 1), (404, 1), (422, 1)])
def test_refusals_have_reasons(account: Account, status: int, reason: int) -> None:
    account.refused(status, "POST /analyze")
    assert len(account.violations) == reason
    assert account.refusals == {status: 1}


def test_ends_are_told_by_when_they_were_heard_of(account: Account) -> None:
    before = time.monotonic()
    account.looked(JOB, 200, body("canceled"))
    assert len(list(account.ended_since(before))) == 1
    assert list(account.ended_since(time.monotonic() + 1.0)) == []
