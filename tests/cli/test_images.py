"""`rfengine analyze --images`: what becomes one file, what it means for the request, and how it reaches a server."""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api_schemas.job import Summary
from jobstore import transitions
from jobstore.settings import StoreSettings
from rfengine.cli.client import Client
from rfengine.cli.images import read_images
from rfengine.cli.main import app
from rfengine.cli.question import Question, ask
from rfengine.cli.serve import running
from rfengine.errors import BadInput
from service.app import create_app
from service.settings import ServiceSettings
from tests.service.processes import ROOT
from tests.tiny import conv_chain

PICTURES = {"b.png": b"second", "a.JPG": b"first", "deep/c.jpeg": b"third"}


def run(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures by name only: what is in them is the engine's to judge."""
    made = tmp_path / "pictures"
    for name, content in {**PICTURES, "notes.txt": b"no picture", ".hidden.png": b"nor this"}.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(content)
    return made


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    path = tmp_path / "chain.onnx"
    path.write_bytes(conv_chain(3))
    return path


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_folder_becomes_a_zip_of_its_pictures(folder: Path) -> None:
    found = unzipped(read_images(folder, at_most=9))
    assert found == PICTURES
    assert list(found) == ["a.JPG", "b.png", "deep/c.jpeg"]


def test_no_more_pictures_are_packed_than_are_used(chain: Path, folder: Path) -> None:
    packed = asked(chain, folder, '{"gradient": {"images": 2}}').images
    assert packed is not None
    assert list(unzipped(packed)) == ["a.JPG", "b.png"]


def test_pictures_are_ordered_as_the_engine_orders_them(tmp_path: Path) -> None:
    names = ["a/z.png", "a-b.png", "a.png", "B.png", "10.png", "9.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(unzipped(read_images(tmp_path, at_most=9))) == sorted(names)


def test_the_same_pictures_make_the_same_zip(folder: Path) -> None:
    before = read_images(folder, at_most=9)
    os.utime(folder / "b.png", (0, 2_000_000_000))
    (folder / "b.png").chmod(0o400)
    assert read_images(folder, at_most=9) == before
    (folder / "b.png").chmod(0o600)
    (folder / "b.png").write_bytes(b"another")
    assert read_images(folder, at_most=9) != before


def test_a_picture_becomes_a_zip_of_one(folder: Path) -> None:
    assert unzipped(read_images(folder / "deep" / "c.jpeg", at_most=9)) == {"c.jpeg": b"third"}


@pytest.mark.parametrize("name", ["i.zip", "i.NPZ"])
def test_a_packed_file_is_taken_as_it_is(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"PK as it is")
    assert read_images(tmp_path / name, at_most=9) == b"PK as it is"


def test_what_holds_no_pictures_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").touch()
    (tmp_path / "locked.zip").symlink_to(tmp_path / "locked.zip")
    for name, says in {
        "missing": "no such file or folder",
        "empty": "no picture in it",
        "text.txt": "expected .zip",
        "locked.zip": "locked.zip",
    }.items():
        with pytest.raises(BadInput, match=says) as refused:
            read_images(tmp_path / name, at_most=9)
        assert str(tmp_path / name) in str(refused.value)


def asked(model: Path, images: Path | None, options: str | None = None, analyses: str | None = None) -> Question:
    return ask(str(model), analyses=analyses, targets=(), input_shape=(), verify=False, options=options, images=images)


def test_images_mean_that_gradient_runs_on_them(chain: Path, folder: Path) -> None:
    assert asked(chain, folder).request.gradient.inputs == "given"
    assert asked(chain, folder, '{"gradient": {"images": 9}}').request.gradient.images == 9
    assert asked(chain, folder, '{"gradient": {"inputs": "noise"}}').request.gradient.inputs == "noise"
    assert asked(chain, None).request.gradient.inputs == "noise"
    assert asked(chain, None).images is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--images", "{folder}", "--analyses", "constant_forward"], "add gradient to analyses"),
        (
            ["--images", "{folder}", "--analyses", "gradient", "--options", '{"gradient": {"inputs": "noise"}}'],
            "set it to 'given'",
        ),
        (["--options", '{"gradient": {"inputs": "given"}}'], "name them with --images"),
        (["--images", "{folder}/nothing"], "no such file or folder"),
    ],
)
def test_what_does_not_fit_is_exit_code_2(chain: Path, folder: Path, words: list[str], says: str) -> None:
    result = run("analyze", chain, *(word.replace("{folder}", str(folder)) for word in words))
    assert result.exit_code == 2, result.output
    assert says in " ".join(result.stderr.split())


class Line:
    """A client on a service without a network between them; notes what was called."""

    def __init__(self, http: TestClient) -> None:
        self.calls: list[tuple[str, str]] = []
        self.http = http
        self.client = Client("http://testserver")
        self.client._http.close()
        self.client._http = self  # type: ignore[assignment]

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        self.calls.append((method, path))
        answer: httpx.Response = self.http.request(method, path, **options)
        return answer

    @property
    def uploads(self) -> int:
        return self.calls.count(("POST", "/analyze"))


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    store = StoreSettings(
        broker_url=f"sqlite:///{tmp_path}/broker.db",
        database_url=f"sqlite:///{tmp_path}/ledger.db",
        artifact_url=f"file://{tmp_path}/store",
    )
    with TestClient(create_app(ServiceSettings(store, hosts=("testserver",)))) as http:
        yield Line(http)


def succeed(line: Line, job: str) -> None:
    database = line.http.app.state.stores.database  # type: ignore[attr-defined]
    transitions.claim(database, job, 30.0)
    assert transitions.finish(database, job, 1, Summary(targets={}), ())


def test_what_was_answered_is_not_uploaded_again(line: Line, chain: Path, folder: Path) -> None:
    question = asked(chain, folder)
    first = line.client.submit(question)
    assert (first.request["gradient"]["inputs"], first.request["name"], line.uploads) == ("given", "chain", 1)
    line.client.submit(question)
    assert line.uploads == 2  # it is queued, not answered
    succeed(line, first.id)
    assert line.client.submit(question).id == first.id
    assert line.uploads == 2
    (folder / "b.png").write_bytes(b"other pixels")
    assert line.client.submit(asked(chain, folder)).id != first.id
    line.client.submit(asked(chain, None))
    assert line.uploads == 4


def test_both_ends_make_the_same_key_of_a_plain_model(line: Line, chain: Path) -> None:
    first = line.client.submit(asked(chain, None, analyses="analytic"))
    succeed(line, first.id)
    assert line.client.submit(asked(chain, None, analyses="analytic")).id == first.id
    assert line.uploads == 1


def test_images_go_with_a_layer_spec(line: Line, tmp_path: Path, folder: Path) -> None:
    path = tmp_path / "two.yaml"
    path.write_text("input: [1, 3, 32, 32]\nlayers: [{type: conv, channels: 4, kernel: 3}]\n")
    job = line.client.submit(asked(path, folder))
    assert (job.request["gradient"]["inputs"], job.request["name"]) == ("given", "two")
    assert job.request["spec"] is not None


def test_images_reach_a_servers_engine(
    chain: Path, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RFENGINE_ENGINE", "tests.worker.fake_engine")
    digest = hashlib.sha256(read_images(folder, at_most=9)).hexdigest()
    with running(tmp_path / "data") as url:
        words = ["analyze", chain, "--images", folder, "--server", url, "--json", "-"]
        fine = run(*words, "--options", json.dumps({"name": f"images:{digest}"}))
        other = run(*words, "--options", json.dumps({"name": f"images:{'0' * 64}"}))
    assert fine.exit_code == 0, fine.output
    assert json.loads(fine.stdout)["targets"] == ["t"]
    assert other.exit_code == 3  # the engine was given something else than it was told


def test_here_and_there_give_the_same_fields_of_the_same_images(chain: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "i.npz", images=np.random.default_rng(0).standard_normal((3, 1, 32, 32)).astype(np.float32))
    words = ["analyze", chain, "--analyses", "gradient", "--images", tmp_path / "i.npz", "--json", "-"]
    here = run(*words)
    with running(tmp_path / "data") as url:
        there = run(*words, "--server", url)
    (entry,) = json.loads(here.stdout)["gradient"]["c3"]
    assert (entry["inputs"]["kind"], entry["inputs"]["images"]) == ("given", 3)
    (other,) = json.loads(there.stdout)["gradient"]["c3"]
    assert other["metrics"] == entry["metrics"]
    assert other["inputs"] == entry["inputs"]
