"""What is known of a job before its end: shown while it runs, replaced by its report, kept where it has none."""

import json
import threading
from pathlib import Path

import pytest

from api_schemas.job import Artifact, JobStatus
from jobstore import retention, transitions
from tests.worker.bench import Bench
from worker.partial import MOST, PartialReports


def content(bench: Bench) -> dict[str, object]:
    partial = bench.standing().partial
    assert partial is not None
    assert partial.artifact.name == "report.partial.json"
    got: dict[str, object] = json.loads(b"".join(bench.store.chunks(partial.blob)))
    return got


def stored(bench: Bench) -> int:
    return len(bench.store.filesystem.find(f"{bench.store.root}/artifacts"))


def test_it_is_shown_while_the_job_runs_and_gone_when_the_report_is_there(bench: Bench) -> None:
    bench.submit("known:sleep:1")
    running = threading.Thread(target=bench.run)
    running.start()
    bench.until(lambda: bench.standing().partial is not None)
    assert (content(bench)["targets"], bench.standing().status) == (["t"], JobStatus.RUNNING)
    assert stored(bench) == 1
    running.join(10.0)
    assert (bench.standing().status, bench.standing().partial) == (JobStatus.SUCCEEDED, None)
    assert stored(bench) == 6  # five forms and a picture


def test_a_job_that_fails_keeps_it(bench: Bench) -> None:
    bench.submit("known:raise")
    assert bench.run().status is JobStatus.FAILED
    assert content(bench)["targets"] == ["t"]
    assert retention.purge(bench.database, "j")
    assert retention.drain(bench.database, bench.store) == 1
    assert stored(bench) == 0


def test_a_job_that_is_canceled_keeps_it(bench: Bench) -> None:
    bench.submit("known:sleep:20")
    running = threading.Thread(target=bench.run)
    running.start()
    bench.until(lambda: bench.standing().stage == "gradient")
    assert bench.standing().partial is not None  # it is there before the stage behind it is told
    transitions.cancel(bench.database, "j")
    running.join(10.0)
    assert bench.standing().status is JobStatus.CANCELED
    assert content(bench)["targets"] == ["t"]


def test_a_job_that_is_taken_up_again_has_one(bench: Bench, tmp_path: Path) -> None:
    bench.submit(f"known:crash_once:{tmp_path}/marker")
    first = bench.run()
    assert first.status is JobStatus.QUEUED
    assert first.partial is not None
    assert bench.run().status is JobStatus.SUCCEEDED
    assert stored(bench) == 6
    with pytest.raises(FileNotFoundError):
        bench.store.chunks(first.partial.blob)


def announced(folder: Path, text: str) -> Artifact:
    (folder / "report.partial.json").write_text(text)
    return Artifact(name="report.partial.json", media_type="application/json", bytes=0, sha256="0" * 64)


def test_the_next_one_takes_its_place(bench: Bench, tmp_path: Path) -> None:
    bench.submit("fine")
    record = transitions.claim(bench.database, "j", 30.0)
    assert record is not None
    reports = PartialReports(bench.database, bench.store, record, tmp_path)
    for number in range(MOST + 2):
        reports.keep(announced(tmp_path, f'{{"number": {number}}}'))
    assert content(bench)["number"] == MOST - 1  # a child has no more to say than that
    assert stored(bench) == 1
    assert reports.record.partial == bench.standing().partial


def test_an_attempt_that_lost_its_job_shows_nothing(bench: Bench, tmp_path: Path) -> None:
    bench.submit("fine")
    record = transitions.claim(bench.database, "j", 30.0)
    assert record is not None
    reports = PartialReports(bench.database, bench.store, record, tmp_path)
    reports.keep(announced(tmp_path, '{"number": 1}'))
    transitions.release(bench.database, "j", 1)
    second = transitions.claim(bench.database, "j", 30.0)
    assert second is not None
    reports.keep(announced(tmp_path, '{"number": 2}'))
    assert content(bench)["number"] == 1
    assert stored(bench) == 1


@pytest.mark.parametrize("target", ["/etc/passwd", "report.partial.json", None])
def test_what_is_no_file_of_the_childs_costs_itself_alone(bench: Bench, tmp_path: Path, target: str | None) -> None:
    bench.submit("fine")
    record = transitions.claim(bench.database, "j", 30.0)
    assert record is not None
    if target is not None:
        (tmp_path / "report.partial.json").symlink_to(target)
    lie = Artifact(name="report.partial.json", media_type="application/json", bytes=0, sha256="0" * 64)
    PartialReports(bench.database, bench.store, record, tmp_path).keep(lie)
    assert bench.standing().partial is None
    assert stored(bench) == 0
