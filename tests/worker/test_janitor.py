"""Workers take out what is nobody's: expired jobs on a real deployment, checkpoints of deleted parts."""

import hashlib
import threading
from pathlib import Path

import httpx

from api_schemas.fan_out import Spread
from jobstore import fan_out, queries, retention, transitions
from jobstore.artifacts import open_artifacts
from jobstore.database import open_database
from jobstore.records import NewJob
from tests.service.processes import Deployment, eventually
from worker.checkpoints import open_checkpoints
from worker.janitor import Janitor


def test_an_expired_job_is_gone_and_its_files_too(tmp_path: Path) -> None:
    second = 1 / (24 * 3600)
    deployment = Deployment(tmp_path, settings={"RFENGINE_RETENTION": f"{second:.7f}", "RFENGINE_CLEAN": "0.2"})
    files = deployment.data / "artifacts"
    with deployment.service(), deployment.worker():
        job = deployment.submit("fine")
        eventually(lambda: httpx.get(f"{deployment.url}/jobs/{job}").status_code == 410, within=20.0)
        assert "expired" in httpx.get(f"{deployment.url}/jobs/{job}/report").json()["detail"]
        eventually(lambda: not [path for path in files.rglob("*") if path.is_file()])
        assert httpx.get(f"{deployment.url}/jobs").json()["jobs"] == []


def test_checkpoints_go_with_their_parts_and_only_they(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/ledger.db")
    checkpoints = open_checkpoints(tmp_path / "checkpoints")
    janitor = Janitor(
        database,
        open_artifacts(f"file://{tmp_path}/store"),
        checkpoints,
        days=0.0,
        every=60.0,
        stop=threading.Event(),
    )
    transitions.submit(database, NewJob("p", {}, "key"))
    transitions.claim(database, "p", 30.0)
    key = hashlib.sha256(b"part").hexdigest()
    plan = Spread.model_validate({"parts": [{"key": key, "body": {}, "title": "t"}], "progress": 0.1})
    (part,) = fan_out.spread(database, "p", 1, plan, engine_version="1") or ()
    record = queries.get(database, part)
    assert record is not None
    for name in (record.cache_key, f"{record.cache_key}.half", "f" * 64):
        (tmp_path / "checkpoints" / name).touch()
    janitor.clean()
    assert len(checkpoints.keys()) == 2
    transitions.cancel(database, "p")
    assert retention.purge(database, "p")
    janitor.clean()
    assert checkpoints.keys() == ("f" * 64,)
    database.close()
