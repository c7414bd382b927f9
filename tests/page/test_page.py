"""The page's files: how they are served, that they are small, and that nothing comes from elsewhere."""

import gzip
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import CDPSession, Page, expect

from jobstore.settings import StoreSettings
from service import page
from service.app import create_app
from service.settings import ServiceSettings
from tests.page.browser import Opener
from tests.service.calls import problem

BUDGET = 100_000  # bytes over the wire until the first view is there
SCRIPTS = sorted(path for path in page.FOLDER.rglob("*.js") if "vendor" not in path.parts)
IMPORT = re.compile(r"""(?:from|import|import\()\s*["'](\.[^"']+)["']""")

AT_ONCE = re.compile(r"""^(?:import|export)\b[^;]*?["'](\.[^"']+)["'];""", re.MULTILINE)


@pytest.fixture
def settings(tmp_path: Path) -> ServiceSettings:
    store = StoreSettings(
        broker_url=f"sqlite:///{tmp_path}/broker.db",
        database_url=f"sqlite:///{tmp_path}/ledger.db",
        artifact_url=f"file://{tmp_path}/store",
    )
    return ServiceSettings(store, hosts=("testserver",), min_free=0)


@pytest.fixture
def client(settings: ServiceSettings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as opened:
        yield opened


@pytest.mark.parametrize("path", page.files())
def test_a_file_comes_packed_or_plain_with_a_tag_for_each(client: TestClient, path: str) -> None:
    plain, packed = (client.get(path, headers={"Accept-Encoding": coding}) for coding in ("identity", "gzip"))
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(plain.content, 9, mtime=0))
    assert packed.content == plain.content
    assert plain.headers["etag"] != packed.headers["etag"]
    for answer in (plain, packed):
        assert answer.headers["vary"] == "Accept-Encoding"
        coding = {"Accept-Encoding": answer.headers.get("content-encoding", "identity")}
        again = client.get(path, headers={**coding, "If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_only_the_page_itself_is_asked_for_again(client: TestClient) -> None:
    for path in page.files():
        caching = client.get(path).headers["cache-control"]
        assert caching == ("no-cache" if path in page.PAGES else "public, max-age=31536000, immutable")


def test_no_script_or_style_runs_but_the_files_themselves(client: TestClient) -> None:
    for path in page.files():
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", client.get("/").text)


def test_every_change_of_a_file_changes_every_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = tmp_path / "static"
    shutil.copytree(page.FOLDER, copy)
    monkeypatch.setattr(page, "FOLDER", copy)
    before = read_anew()
    (copy / "css/base.css").write_text("/* shorter */")
    after = read_anew()
    monkeypatch.undo()
    assert before == read_anew()
    assert before & after == set(page.PAGES)
    assert len(before) == len(after)


def read_anew() -> set[str]:
    for kept in (page._contents, page.base, page.files):
        kept.cache_clear()
    return set(page.files())


@pytest.mark.parametrize("path", ["/static/0123456789abcdef/js/main.js", "/static/", "/static/%2e%2e/page.py"])
def test_a_file_of_an_older_page_is_a_problem_that_says_to_load_it_again(client: TestClient, path: str) -> None:
    told = problem(client.get(path), 404)
    assert path == "/static/%2e%2e/page.py" or "loaded again" in told.detail


def test_the_page_needs_no_key_and_tells_nothing(settings: ServiceSettings) -> None:
    with TestClient(create_app(replace(settings, api_key="k" * 24))) as locked:
        for path in page.files():
            assert path == "/docs" or locked.get(path).status_code == 200
        assert locked.get("/jobs").status_code == 401
        assert locked.get("/static/no/such/file").status_code == 404


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.relative_to(page.FOLDER).as_posix())
def test_a_module_is_one_idea_and_what_it_imports_is_there(script: Path) -> None:
    text = script.read_text()
    assert text.count("\n") <= 250
    assert max(map(len, text.splitlines())) <= 120
    missing = [name for name in IMPORT.findall(text) if not (script.parent / name).is_file()]
    assert not missing
    assert not re.search(r"\beval\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write", text)


def reached_from(module: Path) -> set[Path]:
    """A module and all that it loads with it; what it loads later, when a view is looked at, is left out."""
    found, todo = {module}, [module]
    while todo:
        script = todo.pop()
        told = {(script.parent / name).resolve() for name in AT_ONCE.findall(script.read_text())}
        todo += told - found
        found |= told
    return found


def test_what_the_first_view_needs_is_asked_for_at_once() -> None:
    index = (page.FOLDER / "index.html").read_text()
    listed = {
        page.FOLDER / name for name in re.findall(r'(?:modulepreload"|module") (?:href|src)="{base}([^"]+)"', index)
    }
    assert listed == reached_from(page.FOLDER / "js" / "main.js")


def test_the_libraries_come_with_their_licences() -> None:
    vendor = page.FOLDER / "vendor"
    licences = (vendor / "LICENSES.txt").read_text() + (vendor / "README.md").read_text()
    for package in re.findall(r'^\s+"([a-z@/-]+)": "\d', (vendor / "src/package.json").read_text(), re.MULTILINE):
        assert package in licences or package == "esbuild"


class Wire:
    """What comes over the wire for a page, with headers, compressed."""

    def __init__(self, tab: Page) -> None:
        self.bytes = 0
        self.hosts: set[str] = set()
        self._session: CDPSession = tab.context.new_cdp_session(tab)
        self._session.on("Network.loadingFinished", self._finished)
        self._session.on("Network.requestWillBeSent", self._asked)
        self._session.send("Network.enable")

    def _finished(self, event: dict[str, float]) -> None:
        self.bytes += int(event["encodedDataLength"])

    def _asked(self, event: dict[str, dict[str, str]]) -> None:
        self.hosts.add(urlsplit(event["request"]["url"]).netloc)


def test_the_first_view_is_small_and_all_from_here(tab: Page, site: str) -> None:
    wire = Wire(tab)
    tab.goto(site)
    expect(tab.get_by_text("Nothing yet.")).to_be_visible()
    tab.wait_for_load_state("networkidle")
    print(f"first view: {wire.bytes:,} bytes")
    assert 10_000 < wire.bytes < BUDGET
    assert wire.hosts <= {urlsplit(site).netloc, ""}


def test_the_second_visit_asks_for_the_page_alone(open_tab: Opener, site: str) -> None:
    tab = open_tab()
    tab.goto(site)
    expect(tab.get_by_text("Nothing yet.")).to_be_visible()
    wire = Wire(tab)
    tab.goto(f"{site}/?again")
    expect(tab.get_by_text("Nothing yet.")).to_be_visible()
    tab.wait_for_load_state("networkidle")
    assert wire.bytes < 3_000
