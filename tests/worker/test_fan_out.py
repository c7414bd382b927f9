"""Jobs that are done in parts, through real children: rounds, failures, kills, cancels, and parts known already."""

import json
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from api_schemas.job import JobStatus
from jobstore import fan_out, queries, transitions
from jobstore.records import JobRecord
from tests.worker.bench import Bench
from tests.worker.fake_parts import LOG


def report_of(bench: Bench, job: str = "j") -> list[str]:
    """The squares that the final report was made from."""
    file = queries.artifact(bench.database, job, "report.json")
    assert file is not None
    targets: list[str] = json.loads(b"".join(bench.store.chunks(file.blob)))["targets"]
    return targets


def log_of(bench: Bench) -> list[str]:
    return (bench.settings.checkpoints.parent / LOG).read_text().splitlines()


def planned(bench: Bench, behaviour: str) -> list[JobRecord]:
    """A job that waits, and its parts."""
    bench.submit_sweep(behaviour)
    assert bench.run().status is JobStatus.WAITING
    return bench.children()


def in_background(bench: Bench, job: str) -> threading.Thread:
    """A part that runs, in a thread."""
    running = threading.Thread(target=bench.run, args=(job,))
    running.start()
    bench.until(lambda: bench.standing(job).stage == "square")
    return running


def test_rounds_follow_each_other_until_there_is_a_report(bench: Bench) -> None:
    bench.submit_sweep("2x3", model=b"model")
    record = bench.run()
    assert (record.status, record.attempt, record.lease_expires, record.next_publish) == (
        JobStatus.WAITING,
        1,
        None,
        None,
    )
    assert list(bench.published) == [child.id for child in bench.children()]
    assert [child.title for child in bench.children()] == ["square of 0", "square of 1", "square of 2"]
    bench.drain()
    record = bench.standing()
    assert (record.status, record.error, record.progress, record.attempt) == (JobStatus.SUCCEEDED, None, 1.0, 3)
    assert report_of(bench) == ["0", "1", "4", "9", "16", "25"]
    results = [outcome.result for outcome in fan_out.outcomes(bench.database, "j")]
    assert results == [{"square": number * number, "model": 5} for number in range(6)]
    assert sorted(log_of(bench)) == sorted([f"begin {n} at 0" for n in range(6)] + [f"end {n}" for n in range(6)])
    assert not list(bench.settings.checkpoints.iterdir())


def test_what_is_known_so_far_is_kept_and_replaced(bench: Bench) -> None:
    bench.settings = replace(bench.settings, fan_out=7)
    bench.submit_sweep("2x2")
    first = bench.run()
    assert first.summary is not None
    assert first.summary.sweep is not None
    assert [(row.network, row.trainings) for row in first.summary.sweep] == [("width 7", 0)]
    for _ in range(3):
        bench.runner().run(bench.published.popleft())
    second = bench.standing()
    assert second.status is JobStatus.WAITING
    assert first.partial is not None
    assert second.partial is not None
    assert json.loads(b"".join(bench.store.chunks(second.partial.blob)))["targets"] == ["0", "1"]
    with pytest.raises(FileNotFoundError):
        bench.store.chunks(first.partial.blob)
    bench.drain()
    assert bench.standing().partial is None
    with pytest.raises(FileNotFoundError):
        bench.store.chunks(second.partial.blob)


@pytest.mark.parametrize(
    ("behaviour", "problem"),
    [
        ("fail", "urn:rfengine:bad-model"),
        ("segfault", "urn:rfengine:crash"),
        ("garble", "urn:rfengine:crash"),
        ("spread", "urn:rfengine:internal-error"),
    ],
)
def test_a_part_that_fails_is_told_to_the_planner_and_fails_nothing_else(
    bench: Bench, behaviour: str, problem: str
) -> None:
    children = planned(bench, f"1x3 {behaviour}")
    bench.drain()
    if bench.standing().status is JobStatus.WAITING:
        bench.published.append(children[1].id)  # as the sweeper does with what crashed
        bench.drain()
    assert bench.standing().status is JobStatus.SUCCEEDED
    assert report_of(bench) == ["0", "4", problem]
    failed = bench.standing(children[1].id)
    assert failed.error is not None
    assert (failed.status, failed.error.type) == (JobStatus.FAILED, problem)


def test_a_part_that_crashes_once_is_forgiven(bench: Bench, tmp_path: Path) -> None:
    children = planned(bench, f"1x3 crash_once:{tmp_path}/marker")
    bench.drain()
    assert bench.standing().status is JobStatus.WAITING
    bench.published.append(children[1].id)
    bench.drain()
    assert report_of(bench) == ["0", "1", "4"]


def test_a_part_has_a_time_limit_of_its_own(bench: Bench) -> None:
    bench.settings = replace(bench.settings, part_timeout=0.5)
    children = planned(bench, "1x2 loop")
    bench.drain()
    error = bench.standing(children[1].id).error
    assert error is not None
    assert error.type == "urn:rfengine:timeout"
    assert "after 0.5 s" in error.detail
    assert "RFENGINE_PART_TIMEOUT" in error.detail
    assert report_of(bench) == ["0", "urn:rfengine:timeout"]


def test_a_planner_that_refuses_fails_the_job(bench: Bench) -> None:
    bench.submit_sweep("1x2 bad plan")
    record = bench.run()
    assert record.error is not None
    assert (record.status, record.error.type) == (JobStatus.FAILED, "urn:rfengine:bad-model")
    assert bench.children() == []


def test_a_part_goes_on_where_it_was_handed_back(bench: Bench) -> None:
    first, second = planned(bench, "1x2 sleep:1")
    running = in_background(bench, first.id)
    bench.until(lambda: len(list(bench.settings.checkpoints.iterdir())) == 1)
    time.sleep(0.4)
    bench.stop.set()
    running.join(10.0)
    bench.stop.clear()
    held = bench.standing(first.id)
    assert (held.status, held.losses, held.crashes) == (JobStatus.QUEUED, 0, 0)
    bench.run(first.id)
    bench.run(second.id)
    begins = [line for line in log_of(bench) if line.startswith("begin 0")]
    assert begins[0] == "begin 0 at 0"
    assert len(begins) == 2
    assert int(begins[1].split()[-1]) >= 1
    bench.run()
    assert report_of(bench) == ["0", "1"]
    assert not list(bench.settings.checkpoints.iterdir())


def test_what_was_done_for_another_job_is_not_done_again(bench: Bench) -> None:
    planned(bench, "2x2")
    bench.drain()
    done = len(log_of(bench))
    bench.submit_sweep("2x2", job="again")
    bench.published.append("again")
    bench.drain()
    record = bench.standing("again")
    assert (record.status, record.attempt) == (JobStatus.SUCCEEDED, 3)
    assert report_of(bench, "again") == ["0", "1", "4", "9"]
    assert len(log_of(bench)) == done
    assert {child.attempt for child in bench.children("again")} == {0}


def test_of_two_equal_jobs_at_once_one_does_each_part(bench: Bench) -> None:
    for job in ("one", "two"):
        bench.submit_sweep("2x2", job=job)
        bench.run(job)
    bench.drain()
    assert report_of(bench, "one") == report_of(bench, "two") == ["0", "1", "4", "9"]
    assert sorted(line for line in log_of(bench) if line.startswith("end")) == ["end 0", "end 1", "end 2", "end 3"]


def test_another_model_is_another_question(bench: Bench) -> None:
    for job, model in (("one", b"model"), ("two", b"other model")):
        bench.submit_sweep("1x1", job=job, model=model)
        bench.published.append(job)
        bench.drain()
    assert [line for line in log_of(bench) if line.startswith("end")] == ["end 0", "end 0"]


def test_a_cancel_ends_parts_that_run_and_parts_that_wait(bench: Bench) -> None:
    first, second = planned(bench, "1x2 sleep:20")
    running = in_background(bench, first.id)
    asked = time.monotonic()
    transitions.cancel(bench.database, "j")
    assert bench.standing().status is JobStatus.CANCELED
    assert bench.standing(second.id).status is JobStatus.CANCELED
    running.join(10.0)
    assert time.monotonic() - asked < 2.0
    assert bench.standing(first.id).status is JobStatus.CANCELED
    bench.drain()
    assert [line for line in log_of(bench) if line.startswith("begin")] == ["begin 0 at 0"]


def test_a_cancel_while_it_is_planned_ends_it(bench: Bench) -> None:
    planned(bench, "2x1 slow plan")
    bench.runner().run(bench.published.popleft())
    running = threading.Thread(target=bench.run)
    running.start()
    bench.until(lambda: bench.standing().stage == "plan")
    assert bench.standing().progress == 0.5  # the planner's own says nothing about the job
    transitions.cancel(bench.database, "j")
    running.join(10.0)
    assert bench.standing().status is JobStatus.CANCELED


def test_a_part_that_is_canceled_counts_as_failed(bench: Bench) -> None:
    children = planned(bench, "1x2")
    transitions.cancel(bench.database, children[1].id)
    bench.drain()
    assert bench.standing().status is JobStatus.SUCCEEDED
    assert report_of(bench) == ["0", "urn:rfengine:canceled"]


def test_a_broker_that_is_away_delays_and_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(bench, "_publish", lambda *_: 1 / 0)
        children = planned(bench, "1x2")
        for child in children:
            assert bench.run(child.id).status is JobStatus.SUCCEEDED
    assert not bench.published
    assert bench.run().status is JobStatus.SUCCEEDED
