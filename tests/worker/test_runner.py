"""Jobs through a real child: the well-behaved, and those that do their worst. Only their own job suffers."""

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from api_schemas.formats import FORMATS
from api_schemas.job import JobStatus
from jobstore import queries, transitions
from jobstore.artifacts import ArtifactStore
from jobstore.sweep import sweep
from tests.worker.bench import Bench
from tests.worker.fake_engine import PICTURE
from worker.room import LEAST


def test_a_job_ends_with_its_files_stored(bench: Bench) -> None:
    bench.submit("fine", model=b"model")
    record = bench.run()
    assert (record.status, record.error, record.progress) == (JobStatus.SUCCEEDED, None, 1.0)
    assert record.summary is not None
    assert list(record.summary.targets) == ["t"]
    files = {file.artifact.name: file for file in queries.artifacts_of(bench.database, "j")}
    assert list(files) == [*(form.file for form in FORMATS.values()), "picture.png"]
    assert b"".join(bench.store.chunks(files["picture.png"].blob)) == PICTURE
    assert b'"nodes": 5' in b"".join(bench.store.chunks(files["report.json"].blob))


def test_images_reach_the_engine_whole(bench: Bench) -> None:
    images = b"PK" + bytes(range(256)) * (1 << 13)  # more than is copied at once
    bench.submit(f"images:{hashlib.sha256(images).hexdigest()}", model=b"model", images=images)
    record = bench.run()
    assert (record.status, record.error) == (JobStatus.SUCCEEDED, None)


def test_objects_reach_the_engine_whole(bench: Bench) -> None:
    objects = bytes(range(256)) * (1 << 13)
    bench.submit(f"objects:{hashlib.sha256(objects).hexdigest()}", objects=objects)
    record = bench.run()
    assert (record.status, record.error) == (JobStatus.SUCCEEDED, None)


def test_the_report_is_kept_in_every_form(bench: Bench) -> None:
    bench.submit("fine")
    bench.run()
    kept = {file.artifact.name: file for file in queries.artifacts_of(bench.database, "j")}
    for form in FORMATS.values():
        content = b"".join(bench.store.chunks(kept[form.file].blob))
        assert form.name == "json" or content == f"{form.name} of fine with /jobs/j/artifacts/picture.png".encode()
        assert kept[form.file].artifact.media_type == form.media_type


def test_a_form_that_cannot_be_written_costs_itself_alone(bench: Bench) -> None:
    bench.submit("unwritable html")
    record = bench.run()
    assert (record.status, record.error) == (JobStatus.SUCCEEDED, None)
    kept = {file.artifact.name for file in queries.artifacts_of(bench.database, "j")}
    assert kept == {form.file for form in FORMATS.values() if form.name != "html"} | {"picture.png"}


def test_a_report_without_its_json_is_none(bench: Bench) -> None:
    bench.submit("unwritable json")
    record = bench.run()
    assert record.error is not None
    assert (record.status, record.error.type) == (JobStatus.FAILED, "urn:rfengine:internal-error")


def test_a_slow_copy_keeps_its_lease(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    lease = 0.6
    bench.settings = replace(bench.settings, store=replace(bench.settings.store, lease=lease))
    chunks = ArtifactStore.chunks

    def slow(store: ArtifactStore, name: str) -> Iterator[bytes]:
        for byte in b"".join(chunks(store, name)):
            time.sleep(lease / 4)
            yield bytes([byte])

    monkeypatch.setattr(ArtifactStore, "chunks", slow)
    bench.submit("fine", model=b"large model")
    running = threading.Thread(target=bench.run)
    running.start()
    bench.until(lambda: bench.standing().stage == "fetch")
    while running.is_alive():
        assert not sweep(bench.database, max_losses=3).requeued
        time.sleep(0.05)
    assert (bench.standing().status, bench.standing().attempt) == (JobStatus.SUCCEEDED, 1)


def test_a_second_message_finds_nothing(bench: Bench) -> None:
    bench.submit("fine")
    first = bench.run()
    assert bench.run() == first


def test_a_refused_model_fails_with_the_engines_words(bench: Bench) -> None:
    bench.submit("fine", model=b"garbage")
    record = bench.run()
    assert record.status is JobStatus.FAILED
    assert record.error is not None
    assert (record.error.type, record.error.status) == ("urn:rfengine:bad-model", 422)
    assert "bytes 0-7" in record.error.detail


def test_an_unknown_error_tells_nothing_of_the_inside(bench: Bench, capfd: pytest.CaptureFixture[str]) -> None:
    bench.submit("raise")
    record = bench.run()
    assert record.error is not None
    assert (record.error.type, record.error.status) == ("urn:rfengine:internal-error", 500)
    assert "secret" not in record.error.model_dump_json()


def test_a_segfault_is_tried_twice_and_named(bench: Bench) -> None:
    bench.submit("segfault")
    assert bench.run().status is JobStatus.QUEUED
    record = bench.run()
    assert (record.status, record.attempt) == (JobStatus.FAILED, 2)
    assert record.error is not None
    assert "SIGSEGV (11)" in record.error.detail


def test_a_crash_that_does_not_repeat_is_forgiven(bench: Bench, tmp_path: Path) -> None:
    bench.submit(f"crash_once:{tmp_path}/marker")
    assert bench.run().status is JobStatus.QUEUED
    record = bench.run()
    assert (record.status, record.attempt, record.error) == (JobStatus.SUCCEEDED, 2, None)


def test_a_full_disk_is_not_the_jobs_fault(bench: Bench) -> None:
    bench.submit("full")
    assert bench.run().status is JobStatus.QUEUED
    record = bench.run()
    assert (record.status, record.attempt) == (JobStatus.FAILED, 2)
    assert record.error is not None
    assert (record.error.type, record.error.status) == ("urn:rfengine:no-room", 507)


def test_without_room_nothing_is_claimed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.submit("fine")
    with monkeypatch.context() as full:
        full.setattr("worker.room.shutil.disk_usage", lambda _: SimpleNamespace(free=LEAST - 1))
        assert not bench.runner().idle
        assert (bench.run().status, bench.standing().attempt) == (JobStatus.QUEUED, 0)
    assert bench.runner().idle
    assert bench.run().status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("method", ["chunks", "put"])
def test_a_store_that_is_away_for_a_while_costs_no_job(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    bench.submit("fine", model=b"model")
    with monkeypatch.context() as away:
        away.setattr(ArtifactStore, method, refuse)
        for attempt in (1, 2, 3):
            record = bench.run()
            assert (record.status, record.attempt) == (JobStatus.QUEUED, attempt)
    record = bench.run()
    assert (record.status, record.error) == (JobStatus.SUCCEEDED, None)


def test_a_store_that_stays_away_ends_the_job(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.submit("fine", model=b"model")
    monkeypatch.setattr(ArtifactStore, "chunks", refuse)
    monkeypatch.setattr("worker.endings.MOST_ATTEMPTS", 2)
    bench.run()
    record = bench.run()
    assert record.error is not None
    assert (record.status, record.error.type) == (JobStatus.FAILED, "urn:rfengine:store-away")


def refuse(*_: object) -> Iterator[bytes]:
    raise ConnectionError("the bucket does not answer")


def test_memory_has_an_end(bench: Bench) -> None:
    bench.submit("allocate")
    record = bench.run()
    assert record.error is not None
    assert (record.error.type, record.error.status) == ("urn:rfengine:out-of-memory", 413)
    assert "0.125 GiB" in record.error.detail


def test_an_endless_loop_has_an_end(bench: Bench) -> None:
    bench.settings = replace(bench.settings, job_timeout=1.0)
    bench.submit("loop")
    began = time.monotonic()
    record = bench.run()
    assert time.monotonic() - began < 4.0
    assert record.error is not None
    assert record.error.type == "urn:rfengine:timeout"


@pytest.mark.parametrize("behaviour", ["link", "pipe", "garble"])
def test_a_child_that_lies_is_not_believed(bench: Bench, behaviour: str) -> None:
    bench.submit(behaviour)
    record = bench.run()
    if record.status is JobStatus.QUEUED:
        record = bench.run()
    assert record.status is JobStatus.FAILED
    assert queries.artifacts_of(bench.database, "j") == ()


def test_a_child_is_confined(bench: Bench) -> None:
    bench.submit("confined")
    record = bench.run()
    assert (record.status, record.error) == (JobStatus.SUCCEEDED, None)


def test_cancel_ends_a_running_child_within_two_seconds(bench: Bench) -> None:
    job = bench.submit("sleep:20")
    running = threading.Thread(target=bench.run)
    running.start()
    bench.until(lambda: bench.standing().stage == "gradient")
    asked = time.monotonic()
    transitions.cancel(bench.database, job)
    running.join(10.0)
    assert time.monotonic() - asked < 2.0
    assert bench.standing().status is JobStatus.CANCELED


def test_a_stopping_worker_hands_its_job_back_at_once(bench: Bench) -> None:
    bench.submit("sleep:20")
    running = threading.Thread(target=bench.run)
    running.start()
    bench.until(lambda: bench.standing().stage == "gradient")
    asked = time.monotonic()
    bench.stop.set()
    running.join(10.0)
    assert time.monotonic() - asked < 2.0
    record = bench.standing()
    assert (record.status, record.losses, record.crashes) == (JobStatus.QUEUED, 0, 0)


def test_a_result_that_comes_after_the_lease_is_dropped(bench: Bench) -> None:
    bench.submit("sleep:0.5")
    running = threading.Thread(target=bench.run)
    running.start()
    bench.until(lambda: bench.standing().stage == "gradient")
    transitions.release(bench.database, "j", 1)  # as the sweeper of another worker would
    second = transitions.claim(bench.database, "j", 30.0)
    running.join(10.0)
    assert second is not None
    assert bench.standing().status is JobStatus.RUNNING
    assert queries.artifacts_of(bench.database, "j") == ()


@pytest.mark.parametrize("which", ["model_blob", "images_blob", "objects_blob"])
def test_an_upload_that_vanished_is_said(bench: Bench, which: str) -> None:
    bench.submit("fine", model=b"model", images=b"images", objects=b"objects")
    blob = getattr(bench.standing(), which)
    assert blob is not None
    bench.store.remove(blob)
    record = bench.run()
    assert record.error is not None
    assert record.error.type == "urn:rfengine:upload-gone"
