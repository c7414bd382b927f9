"""The OpenAPI document is true: schemathesis sends what it allows and what it forbids, with every check on.

A real server with a key, so that who shows none is refused. The document is taken as it is, but for `POST /analyze`:
its body has more to vary than a test has time for, and most of what the schema of so large an object yields is refused
for a reason that no schema can say (two networks, an analysis that stands alone). So the body is narrowed here to
those that are understood: then most of what is allowed is accepted, and what is refused is refused for its fault.
"""

import copy
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.examples import ANSWERS, QUESTIONS
from tests.service.processes import Deployment

KEY = "a-key-for-the-contract-of-32-letters"
HEADERS = {"Authorization": f"Bearer {KEY}"}
NETWORK = {"type": "string", "const": "nopool-4"}
OPTIONS = ("verify", "input_shape", "targets", "analytic", "closed_form", "gradient")

# What is well formed may still find nothing, or nothing yet; only a question may be at odds with itself.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", "404", "406", "409", "410"]

[[operations]]
include-name = "POST /analyze"
checks.positive_data_acceptance.expected-statuses = ["2xx", "409", "422"]

[[operations]]
include-name = "GET /jobs"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "422"]
"""


SETTINGS = {
    "RFENGINE_API_KEY": KEY,
    "RFENGINE_RATE": "0",
    "RFENGINE_MAX_WAIT": "0.05",
    "RFENGINE_MAX_QUEUE": "1000000",
    "RFENGINE_KEY_JOBS": "1000000",
}


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    there = Deployment(tmp_path_factory.mktemp("contract"), settings=SETTINGS)
    with there.service():
        yield there


@pytest.fixture(scope="module")
def document(deployment: Deployment) -> dict[str, Any]:
    got: dict[str, Any] = httpx.get(f"{deployment.url}/openapi.json", headers=HEADERS).json()
    return got


def check(deployment: Deployment, document: dict[str, Any], folder: Path, *options: str) -> int:
    """Run schemathesis; the number of its cases, none of which found anything."""
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "schemathesis.toml").write_text(CONFIG)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", "openapi.json"]
    command += ["--url", deployment.url, "-H", f"Authorization: Bearer {KEY}", "--seed", "1", "--no-color", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=200.0)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert found is not None, done.stdout[-2000:]
    return int(found[1])


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(document)
    known = made["components"]["schemas"]["AnalyzeRequest"]["properties"]
    analyze = made["paths"]["/analyze"]["post"]
    del analyze["parameters"]  # an Idempotency-Key that is sent with every body is refused with all but the first
    analyze["requestBody"]["content"] = {
        "application/json": {
            "schema": {
                "type": "object",
                "additionalProperties": False,
                "properties": {"zoo": NETWORK, **{name: known[name] for name in OPTIONS}},
                "required": ["zoo"],
            }
        }
    }
    return made


def test_every_other_route(deployment: Deployment, document: dict[str, Any], tmp_path: Path) -> None:
    phases = ("--phases", "coverage,fuzzing", "--max-examples", "5")
    assert check(deployment, document, tmp_path, "--exclude-path", "/analyze", *phases) > 200


def test_questions(deployment: Deployment, document: dict[str, Any], tmp_path: Path) -> None:
    before = accepted(deployment)
    phases = ("--phases", "coverage,fuzzing", "--max-examples", "20")
    cases = check(deployment, narrowed(document), tmp_path, "--include-path", "/analyze", *phases)
    assert cases > 500
    assert accepted(deployment) - before > cases / 10


def test_what_can_be_done_with_a_job_that_was_taken(document: dict[str, Any], tmp_path: Path) -> None:
    # A queue of its own, and a worker: streams are followed until their jobs end.
    deployment = Deployment(tmp_path / "data", settings={**SETTINGS, "RFENGINE_CONCURRENCY": "4"})
    with deployment.service(), deployment.worker():
        assert check(deployment, document, tmp_path, "--phases", "examples") >= 3
        phases = ("--phases", "stateful", "--max-examples", "3")
        assert check(deployment, narrowed(document), tmp_path, *phases) > 20


def accepted(deployment: Deployment) -> int:
    figures = httpx.get(f"{deployment.url}/metrics", headers=HEADERS).text
    found = re.search(r'rfengine_submissions_total\{result="queued"\} (\S+)', figures)
    assert found is not None
    return int(float(found[1]))


def test_every_route_shows_what_it_answers(document: dict[str, Any]) -> None:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            good = [status for status in operation["responses"] if status.startswith("2") and status != "204"]
            for status in good:
                content = operation["responses"][status].get("content", {})
                shown = [kind for kind, answer in content.items() if "example" in answer or "examples" in answer]
                assert shown or path in ("/session", "/metrics", "/jobs/{job}/artifacts/{name}"), (path, method, status)
            for status, answer in operation["responses"].items():
                assert answer["description"], (path, method, status)
                assert status.startswith(("2", "3")) or "content" in answer, (path, method, status)


def test_examples_are_true(document: dict[str, Any]) -> None:
    import jsonschema

    def fits(value: Any, schema: dict[str, Any]) -> None:
        jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(value)

    for (path, method, status), example in ANSWERS.items():
        content = document["paths"][path][method]["responses"][status]["content"]["application/json"]
        assert content["example"] == example
        fits(example, content["schema"])
    body = document["paths"]["/analyze"]["post"]["requestBody"]["content"]["application/json"]
    for example in QUESTIONS.values():
        fits(example, body["schema"])


def test_questions_of_the_document_are_answered(deployment: Deployment) -> None:
    for question in QUESTIONS.values():
        answer = httpx.post(f"{deployment.url}/analyze", json=question, headers=HEADERS)
        assert answer.status_code in (200, 202), answer.text
