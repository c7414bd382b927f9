"""A browser and services that it looks at. All end with this folder: while the browser runs, no other loop can."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from service.page import POLICY
from tests.page.browser import PATIENCE, Opener, Watch, chromium, opener
from tests.page.networks import QUESTION, detector_file
from tests.service.processes import Deployment

REAL = {"RFENGINE_ENGINE": "worker.engine", "RFENGINE_LEASE": "30", "RFENGINE_RATE": "0"}
FAKE = {"RFENGINE_LEASE": "5", "RFENGINE_RATE": "0"}

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def watch() -> Watch:
    """What goes wrong in this test's pages; `watch.allow(pattern)` for what it means to bring about."""
    return Watch()


@pytest.fixture
def open_tab(browser: Browser, watch: Watch) -> Iterator[Opener]:
    """Opens pages, each in a profile of its own; the test fails where one had a fault that is not allowed."""
    opened: list[BrowserContext] = []
    yield opener(browser, watch, opened)
    for context in opened:
        context.close()
    assert not watch.faults, "\n".join(watch.faults)


@pytest.fixture
def tab(open_tab: Opener) -> Page:
    """One page in a fresh profile."""
    return open_tab()


@pytest.fixture(scope="package")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A service and a worker with the real engine."""
    deployment = Deployment(tmp_path_factory.mktemp("real"), settings=dict(REAL))
    with deployment.service(), deployment.worker():
        yield deployment


@pytest.fixture(scope="package")
def answered(real: Deployment) -> str:
    """The address of a job of the small detector that has ended, with something for every view but the sweep's."""
    parts = {"model": ("detector.onnx", detector_file())}
    asked = httpx.post(f"{real.url}/analyze", data={"request": json.dumps(QUESTION)}, files=parts)
    assert asked.status_code == 202, asked.text
    ended = real.ended(asked.json()["id"], within=90.0)
    assert ended["status"] == "succeeded", ended["error"]
    return f"{real.url}/#/jobs/{ended['id']}"


@pytest.fixture(scope="package")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A service and a worker whose engine does what a request's name says, e.g. `sleep:3`, `segfault`, `raise`."""
    deployment = Deployment(tmp_path_factory.mktemp("fake"), settings=dict(FAKE))
    with deployment.service(), deployment.worker():
        yield deployment


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service without a worker: enough for the page's files and modules."""
    deployment = Deployment(tmp_path_factory.mktemp("site"), settings=dict(FAKE))
    with deployment.service():
        yield deployment.url


@pytest.fixture(scope="package")
def static(site: str) -> str:
    """The address of the page's files, with a slash at its end."""
    found = re.search(r'"(/static/[0-9a-f]+/)js/main.js"', httpx.get(site).text)
    assert found, "the page does not name its script"
    return site + found[1]


BLANK = """<!doctype html><html lang="en"><head><title>blank</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="{static}css/base.css"></head><body><main id="main"></main></body></html>"""


@pytest.fixture
def modules(tab: Page, site: str, static: str) -> Page:
    """A page of the service's own, with its policy and styles and nothing running in it, to import modules in."""
    headers = {"Content-Security-Policy": POLICY, "Content-Type": "text/html"}
    tab.route(f"{site}/blank", lambda route: route.fulfill(body=BLANK.format(static=static), headers=headers))
    tab.goto(f"{site}/blank")
    return tab
