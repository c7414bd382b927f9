"""The report in the form that suits who asks: by `Accept`, or by name."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from api_schemas.formats import FORMATS, FormatName
from api_schemas.job import Artifact, Summary
from jobstore import transitions
from jobstore.records import StoredArtifact
from service.negotiation import best
from tests.service.calls import ONNX, problem, stores

FORMS = {name: form.accepts for name, form in FORMATS.items()}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

WANTED: dict[str, FormatName | None] = {
    "*/*": "json",
    "application/*": "json",
    "text/*": "markdown",
    "application/json": "json",
    "text/markdown": "markdown",
    "text/html": "html",
    "application/xml": "junit",
    "text/xml": "junit",
    "application/sarif+json": "sarif",
    BROWSER: "html",
    "application/json, text/plain, */*": "json",
    # what is named is wanted more than what is merely taken
    "text/html, */*": "html",
    "text/*, application/sarif+json": "sarif",
    "text/html;q=0.2, text/markdown;q=0.9": "markdown",
    "text/html;q=0.201,text/markdown;q=0.2": "html",
    "*/*;q=0.1, application/xml;q=0.5": "junit",
    # the most exact range decides, also where it refuses
    "application/json;q=0, */*": "markdown",
    "text/*;q=0, */*;q=0.1": "json",
    "text/html;q=0, text/*": "markdown",
    "application/*, application/json;q=0.1, application/xml;q=0.1": "sarif",
    # case, blanks, parameters and empty elements make no difference
    "TEXT/HTML": "html",
    " text/html ; Q=0.5 , application/json;q=0.4": "html",
    "text/html;level=1;q=0.5, application/json;q=0.6": "json",
    "text/markdown;charset=utf-8": "markdown",
    ", text/html,": "html",
    # what is no range is passed over
    "html, text/markdown": "markdown",
    "text/html;q=2, text/markdown;q=0.1": "markdown",
    "text/html;q=x, */*;q=0.1": "json",
    "*/html, text/markdown": "markdown",
    "image/png": None,
    "application/json;q=0": None,
    "*/*;q=0": None,
    "html": None,
    "": None,
    "text/html/json": None,
}


@pytest.mark.parametrize(("accept", "name"), WANTED.items())
def test_what_a_client_wants_most(accept: str, name: FormatName | None) -> None:
    assert best(accept, FORMS) == name


NAMES = st.sampled_from(
    [*(name for names in FORMS.values() for name in names), "text/*", "application/*", "*/*", "a/b"]
)


@given(ranges=st.lists(st.tuples(NAMES, st.sampled_from((0.0, 0.1, 0.25, 0.999, 1.0))), max_size=6))
def test_against_a_naive_twin(ranges: Sequence[tuple[str, float]]) -> None:
    accept = ",".join(f"{name};q={quality}" for name, quality in ranges)
    assert best(accept, FORMS) == naive(ranges)


def naive(ranges: Sequence[tuple[str, float]]) -> FormatName | None:
    def wish(name: str) -> tuple[float, int]:
        for exactness, form in ((2, name), (1, name.split("/")[0] + "/*"), (0, "*/*")):
            known = [quality for other, quality in ranges if other == form]
            if known:
                return max(known), exactness
        return 0.0, 0

    found: FormatName | None = None
    most = (0.0, 2)
    for form, names in FORMS.items():
        for name in names:
            said = wish(name)
            if (name == names[0] or said[1] == 2) and said > most:
                found, most = form, said
    return found


def content(name: FormatName) -> bytes:
    return b"{}" if name == "json" else f"{name}: ok ±".encode()


def succeeded(client: TestClient, names: Sequence[FormatName] = tuple(FORMATS)) -> str:
    """A job as a worker leaves it, its report in these forms."""
    job = str(client.post("/analyze", content=b"model", headers=ONNX).json()["id"])
    opened = stores(client)
    assert transitions.claim(opened.database, job, 30.0) is not None
    files = []
    for name in names:
        blob = opened.artifacts.put("artifacts", [content(name)])
        form = FORMATS[name]
        face = Artifact(name=form.file, media_type=form.media_type, bytes=blob.bytes, sha256=blob.sha256)
        files.append(StoredArtifact(face, blob.name))
    assert transitions.finish(opened.database, job, 1, Summary(), files)
    return job


TYPES = {
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "junit": "application/xml",
    "sarif": "application/sarif+json",
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_form_by_header_and_by_name(client: TestClient, name: FormatName) -> None:
    job = succeeded(client)
    answers = [
        client.get(f"/jobs/{job}/report", headers={"Accept": FORMATS[name].media_type}),
        client.get(f"/jobs/{job}/report?format={name}", headers={"Accept": "image/png"}),
    ]
    for answer in answers:
        assert (answer.status_code, answer.content) == (200, content(name))
        assert answer.headers["content-type"] == TYPES[name]
        assert answer.headers["vary"] == "Accept"
        assert answer.headers["etag"] == f'"{hashlib.sha256(content(name)).hexdigest()}"'
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "img-src 'self' data:", "style-src 'unsafe-inline'", "sandbox"} == set(policy)
        assert FORMATS[name].file in answer.headers["content-disposition"]


def test_json_is_what_is_meant_by_nothing(client: TestClient) -> None:
    job = succeeded(client)
    del client.headers["accept"]
    assert client.get(f"/jobs/{job}/report").content == content("json")
    assert client.get(f"/jobs/{job}/report", headers={"Accept": BROWSER}).content == content("html")
    two_lines = [("Accept", "text/html;q=0.1"), ("Accept", "text/markdown")]
    assert client.get(f"/jobs/{job}/report", headers=two_lines).content == content("markdown")  # type: ignore[arg-type]


def test_a_tag_is_of_one_form(client: TestClient) -> None:
    job = succeeded(client)
    html = {"Accept": "text/html"}
    tag = {"If-None-Match": client.get(f"/jobs/{job}/report", headers=html).headers["etag"]}
    again = client.get(f"/jobs/{job}/report", headers=html | tag)
    assert (again.status_code, again.content, again.headers["vary"]) == (304, b"", "Accept")
    assert client.get(f"/jobs/{job}/report", headers=tag).status_code == 200
    head = client.head(f"/jobs/{job}/report", headers=html)
    assert (head.status_code, head.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_what_is_not_to_be_had_says_what_is(client: TestClient) -> None:
    job = succeeded(client)
    answer = client.get(f"/jobs/{job}/report", headers={"Accept": "image/png"})
    refused = problem(answer, 406)
    assert refused.type == "urn:rfengine:not-acceptable"
    assert answer.headers["vary"] == "Accept"
    assert all(form.media_type in refused.detail for form in FORMATS.values())
    assert "submit it again" not in refused.detail
    named = problem(client.get(f"/jobs/{job}/report?format=pdf"), 422)
    assert [error.location for error in named.errors] == ["query.format"]
    assert "'sarif'" in named.detail


def test_an_older_job_has_what_it_has(client: TestClient) -> None:
    job = succeeded(client, ("json",))
    both = {"Accept": "text/html, application/json;q=0.1"}
    assert client.get(f"/jobs/{job}/report", headers=both).content == content("json")
    refused = problem(client.get(f"/jobs/{job}/report", headers={"Accept": "text/html"}), 406)
    assert "application/json" in refused.detail
    assert "submit it again" in refused.detail
    missing = problem(client.get(f"/jobs/{job}/report?format=html"), 404)
    assert "format=json" in missing.detail
    assert "submit it again" in missing.detail


def test_before_its_end_the_form_is_no_matter(client: TestClient) -> None:
    job = str(client.post("/analyze", content=b"model", headers=ONNX).json()["id"])
    for ask in ({"headers": {"Accept": "image/png"}}, {"params": {"format": "html"}}):
        assert problem(client.get(f"/jobs/{job}/report", **ask), 409).type == "urn:rfengine:not-finished"  # type: ignore[arg-type]


def test_a_form_is_a_file_like_any_other(client: TestClient) -> None:
    job = succeeded(client)
    listed = client.get(f"/jobs/{job}/artifacts").json()["artifacts"]
    assert [file["name"] for file in listed] == [form.file for form in FORMATS.values()]
    assert client.get(f"/jobs/{job}/artifacts/report.html").content == content("html")


def test_the_document_has_every_form(client: TestClient) -> None:
    document: dict[str, Any] = client.get("/openapi.json").json()
    get = document["paths"]["/jobs/{job}/report"]["get"]
    assert set(get["responses"]["200"]["content"]) == {form.media_type for form in FORMATS.values()}
    assert get["responses"]["200"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Report"}
    assert "application/problem+json" in get["responses"]["406"]["content"]
