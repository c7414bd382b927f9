"""The README's commands, run as they stand there, against a real service."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import yaml
from matplotlib.image import imsave

from rfengine.cli.images import read_images
from rfengine.cli.serve import running
from tests.studies.examples import TEXT as STUDY
from tests.tiny import light

ROOT = Path(__file__).parents[1]
ADDRESS = "http://127.0.0.1:8000"
SPEC = "input: [1, 3, 32, 32]\nlayers: [{type: conv, channels: 4, kernel: 3}]\n"

POLICY = "objects: {coco: instances.json}\nrequire: {trf: 0.5}\n"
COCO = json.dumps(
    {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 448, "height": 448}],
        "categories": [{"id": 1, "name": "car"}],
        "annotations": [{"id": 7, "image_id": 1, "category_id": 1, "bbox": [10, 20, 60, 40], "iscrowd": 0}],
    }
)


def commands(word: str) -> list[str]:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    return [line.strip().split("  #")[0].rstrip() for line in lines if line.startswith(f"    {word} ")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("readme")
    (folder / "model.onnx").write_bytes(light("squeezenet"))
    (folder / "network.yaml").write_text(SPEC)
    (folder / "study.yaml").write_text(STUDY)
    (folder / "rf.yaml").write_text(POLICY)
    (folder / "instances.json").write_text(COCO)
    (folder / "request.json").write_text(json.dumps({"coverage": yaml.safe_load(POLICY)}))
    (folder / "photos").mkdir()
    for number, photo in enumerate(np.random.default_rng(0).random((2, 224, 224, 3))):
        imsave(folder / "photos" / f"{number}.png", photo)
    (folder / "photos.zip").write_bytes(read_images(folder / "photos", at_most=2))
    return folder


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(tmp_path_factory.mktemp("data")) as address:
        yield address


def run(command: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command, shell=True, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_every_make_command_is_a_target() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = [command.split()[1] for command in commands("make")]
    assert set(targets) == {"demo", "serve", "test"}
    assert all(f"\n{target}:" in makefile for target in targets)


def _answer(command: str) -> str:
    """What the answer to a command has to have in it."""
    own = {
        "rfengine study": "| series |",
        "rfengine oracles": "tf_slim: 374 of 374 equal",
        "rfengine check": "PASS coverage: 100 % of 1 object is covered",
        "rfengine recommend": "PASS coverage",
        "rfengine objects": "car",
    }
    for words, answer in own.items():
        if command.startswith(words):
            return answer
    # Without the analytic part there is no table of theoretical fields.
    effective = "--analyses" in command and "analytic" not in command
    return "effective receptive fields" if effective else "theoretical receptive fields"


def test_the_command_line(place: Path, url: str) -> None:
    found = commands("rfengine")
    assert len(found) >= 4
    for command in found:
        # `layer3` stands for a layer of the reader's own model.
        stdout = run(command.replace(ADDRESS, url).replace("--target layer3", "--target r40"), place)
        assert _answer(command) in stdout
    assert (place / "report.json").is_file()
    assert list((place / "pictures").glob("*.png"))


def test_curl(place: Path, url: str) -> None:
    if shutil.which("curl") is None:
        pytest.fail("curl is missing; install it with: apt-get install curl")
    posts = [command for command in commands("curl") if "/analyze" in command]
    gets = [command for command in commands("curl") if "/jobs/" in command]
    assert len(posts) >= 2
    assert len(gets) >= 3
    answers = [run(command.replace(ADDRESS, url).replace("curl ", "curl -sS ", 1), place) for command in posts]
    job = re.findall(r'"id":\s*"([0-9a-f]{32})"', answers[0])[0]
    deadline = time.monotonic() + 120
    while httpx.get(f"{url}/jobs/{job}").json()["status"] not in ("succeeded", "failed"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    for command in gets:
        answer = run(command.replace(ADDRESS, url).replace("<id>", job).replace("curl ", "curl -sSf ", 1), place)
        assert answer.startswith("# Receptive fields of model" if "text/markdown" in command else "{")
