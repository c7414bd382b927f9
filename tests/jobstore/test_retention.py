"""Content leaves whole, in time, and never too early; what is left behind is found."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from api_schemas.job import Artifact, JobStatus, Summary
from jobstore import chores, fan_out, queries, replays, retention, transitions
from jobstore.artifacts import ArtifactStore, open_artifacts
from jobstore.database import Database
from jobstore.records import JobRecord, NewJob, StoredArtifact
from jobstore.replays import Replay
from jobstore.tables import artifacts, discarded, parts
from tests.jobstore.clock import Clock
from tests.jobstore.test_fan_out import PROBLEM, asked, children, claimed, done

DAY = retention.DAY


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    return open_artifacts(f"file://{tmp_path}/store")


def put(store: ArtifactStore, kind: str, content: bytes = b"x") -> str:
    return store.put(kind, [content]).name


def stored(store: ArtifactStore) -> set[str]:
    return {path.removeprefix(store.root).lstrip("/") for path in store.filesystem.find(store.root)}


def artifact(store: ArtifactStore, name: str) -> StoredArtifact:
    return StoredArtifact(
        Artifact(name=name, media_type="text/plain", bytes=1, sha256="0" * 64), put(store, "artifacts")
    )


def submitted(database: Database, store: ArtifactStore, job: str) -> None:
    uploads = {f"{kind}_blob": put(store, folder) for kind, folder in (("model", "models"), ("images", "images"))}
    new = NewJob(job, {"name": "secret"}, f"key {job}", **uploads, replay=Replay(f"replay {job}", "d"))
    transitions.submit(database, new)


def succeeded(database: Database, store: ArtifactStore, job: str) -> None:
    submitted(database, store, job)
    attempt = claimed(database, job).attempt
    assert transitions.finish(database, job, attempt, Summary(), [artifact(store, "report.json")])


def standing(database: Database, job: str) -> JobRecord:
    record = queries.get(database, job)
    assert record is not None
    return record


def test_a_purged_job_is_a_name_and_nothing_more(database: Database, store: ArtifactStore, clock: Clock) -> None:
    succeeded(database, store, "j")
    succeeded(database, store, "other")
    before = stored(store)
    clock.advance(5.0)
    assert retention.purge(database, "j")
    record = standing(database, "j")
    assert (record.status, record.purged, record.cache_key) == (JobStatus.SUCCEEDED, clock.now, "key j")
    assert dict(record.request) == {}
    assert {record.model_blob, record.images_blob, record.model_sha256, record.summary, record.error} == {None}
    assert queries.artifacts_of(database, "j") == ()
    assert queries.cached(database, "key j") is None
    assert [job.id for job in queries.page(database, limit=9)] == ["other"]
    assert queries.glimpses(database, ["j", "other"]).keys() == {"other"}
    assert replays.remembered(database, "replay j") is None
    # Nothing is removed before the ledger has let go of it, and everything then.
    assert stored(store) == before
    assert retention.drain(database, store, limit=2) == 2
    assert retention.drain(database, store) == 1
    assert retention.drain(database, store) == 0
    assert stored(store) == {blob for blob in before if blob in _blobs(database, "other")}
    assert len(stored(store)) == 3


def _blobs(database: Database, job: str) -> set[str | None]:
    record = standing(database, job)
    return {record.model_blob, record.images_blob, *(file.blob for file in queries.artifacts_of(database, job))}


def test_it_can_be_repeated_and_keeps_its_time(database: Database, store: ArtifactStore, clock: Clock) -> None:
    succeeded(database, store, "j")
    assert retention.purge(database, "j")
    first = standing(database, "j").purged
    clock.advance(9.0)
    assert retention.purge(database, "j")
    assert standing(database, "j").purged == first


def test_what_has_not_ended_stays(database: Database, store: ArtifactStore) -> None:
    submitted(database, store, "j")
    assert not retention.purge(database, "j")
    claimed(database, "j")
    assert not retention.purge(database, "j")
    assert standing(database, "j").purged is None
    assert retention.drain(database, store) == 0


def test_parts_go_with_their_job_and_not_before(database: Database, store: ArtifactStore) -> None:
    submitted(database, store, "p")
    first, second = asked(database, "a", "b", job="p", progress=0.1)
    done(database, first)
    claimed(database, second)
    transitions.cancel(database, "p")
    assert standing(database, "p").status.final
    assert not retention.purge(database, "p")  # a part is still being ended by its worker
    assert transitions.end_canceled(database, second, 1)
    assert retention.purge(database, "p")
    for job in ("p", first, second):
        assert standing(database, job).purged is not None
        assert dict(standing(database, job).request) == {}
    assert children(database) == []
    with database.read() as connection:
        assert connection.execute(select(parts)).all() == []
    assert fan_out.known_result(database, standing(database, first).cache_key) is None
    assert retention.drain(database, store) == 2  # the model is named by the parts as well, and goes once


def test_a_report_so_far_goes_too(database: Database, store: ArtifactStore) -> None:
    submitted(database, store, "p")
    claimed(database, "p")
    plan = fan_out.Spread.model_validate({"parts": [{"key": "a" * 64, "body": {}, "title": "t"}], "progress": 0.1})
    so_far = artifact(store, "report.json")
    fan_out.spread(database, "p", 1, plan, engine_version="1", partial=so_far)
    transitions.cancel(database, "p")
    assert retention.purge(database, "p")
    retention.drain(database, store)
    assert stored(store) == set()


def test_jobs_expire_by_their_end_a_few_at_a_time(database: Database, store: ArtifactStore, clock: Clock) -> None:
    for number in range(5):
        succeeded(database, store, f"j{number}")
        clock.advance(DAY)
    submitted(database, store, "unfinished")
    clock.advance(DAY)
    assert retention.expire(database, 100) == ()
    assert retention.expire(database, 3, limit=2) == ("j0", "j1")
    assert retention.expire(database, 3, limit=2) == ("j2", "j3")
    assert retention.expire(database, 3) == ()
    clock.advance(100 * DAY)
    assert retention.expire(database, 3) == ("j4",)
    assert not standing(database, "unfinished").status.final


def test_a_store_that_is_away_keeps_the_list(
    database: Database, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    succeeded(database, store, "j")
    retention.purge(database, "j")
    folder = Path(store.root)
    folder.rename(folder.parent / "away")
    folder.touch()  # a file where the folder was
    with pytest.raises(OSError, match="Not a directory"):
        retention.drain(database, store)
    folder.unlink()
    (folder.parent / "away").rename(folder)
    assert retention.drain(database, store) == 3
    with database.read() as connection:
        assert connection.execute(select(discarded)).all() == []


def everywhere(database: Database, store: ArtifactStore) -> set[str]:
    return {name for turn in range(retention.FOLDERS) for name in retention.remove_orphans(database, store, turn)}


def test_orphans_are_found_and_nothing_else(database: Database, store: ArtifactStore, clock: Clock) -> None:
    clock.now = 2_000_000_000.0
    succeeded(database, store, "j")
    submitted(database, store, "p")
    claimed(database, "p")
    plan = fan_out.Spread.model_validate({"parts": [{"key": "a" * 64, "body": {}, "title": "t"}], "progress": 0.1})
    fan_out.spread(database, "p", 1, plan, engine_version="1", partial=artifact(store, "report.json"))
    kept = stored(store)
    old = {put(store, kind) for kind in retention.KINDS}
    half = Path(store.root) / "models" / "ab" / "half.part"
    half.parent.mkdir(exist_ok=True)
    half.touch()
    for path in Path(store.root).rglob("*"):
        os.utime(path, (clock.now - 2 * DAY,) * 2)
    young = {put(store, "models")}
    for name in young:
        os.utime(Path(store.root) / name, (clock.now - DAY / 2,) * 2)
    assert everywhere(database, store) == old | {"models/ab/half.part"}
    assert stored(store) == kept | young


def test_a_turn_is_one_workers(database: Database, clock: Clock) -> None:
    def all_at_once() -> list[int | None]:
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda _: chores.turn(database, "c", 60.0), range(8)))

    for expected in range(3):
        got = all_at_once()
        assert sorted(turn for turn in got if turn is not None) == [expected]
        clock.advance(59.0)
        assert set(all_at_once()) == {None}
        clock.advance(1.0)


def test_checkpoints_are_nobodys_when_all_their_jobs_are_gone(database: Database, store: ArtifactStore) -> None:
    keys = {}
    for parent in ("p", "q"):
        submitted(database, store, parent)
        ids = asked(database, "shared", *(["own"] if parent == "p" else []), job=parent, progress=0.1)
        keys |= {id: standing(database, id).cache_key for id in ids}
        transitions.cancel(database, parent)
    assert len(set(keys.values())) == 2
    own = next(key for key in keys.values() if list(keys.values()).count(key) == 1)
    asked_for = (*keys.values(), "somebody else's")
    assert retention.forgotten(database, asked_for) == ()
    retention.purge(database, "p")
    assert retention.forgotten(database, asked_for) == (own,)
    retention.purge(database, "q")
    assert set(retention.forgotten(database, asked_for)) == set(keys.values())


def test_a_failed_job_keeps_no_reason(database: Database, store: ArtifactStore) -> None:
    submitted(database, store, "j")
    claimed(database, "j")
    transitions.fail(database, "j", 1, PROBLEM)
    retention.purge(database, "j")
    assert standing(database, "j").error is None
    with database.read() as connection:
        assert connection.execute(select(artifacts)).all() == []
