"""Following a job: over reloads, in several tabs, over the death of the service; and who may look at all."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.page.browser import Opener, Watch
from tests.page.conftest import FAKE
from tests.page.steps import DROP, ask_more, at_home, choose, ends, job_of, status
from tests.service.processes import Deployment

KEY = "a key that only this test knows"


def begin(tab: Page, url: str, behaviour: str) -> str:
    """Upload something and let the engine of the tests do this with it."""
    at_home(tab, url)
    ask_more(tab, name=behaviour)
    choose(tab, "model.onnx", behaviour.encode())
    return job_of(tab)


def share(tab: Page) -> int:
    """Percent done, as shown."""
    words = tab.get_by_role("status").filter(has_text="%")
    expect(words).to_have_text(re.compile(r"[1-9]\d? %"))
    return int(re.findall(r"(\d+) %", words.inner_text())[0])


def test_a_reload_in_mid_job_goes_on_where_it_was(tab: Page, fake: Deployment) -> None:
    begin(tab, fake.url, "sleep:3.1")
    before = share(tab)
    tab.reload()
    assert share(tab) >= before
    ends(tab)


def test_two_tabs_follow_the_same_job(open_tab: Opener, fake: Deployment) -> None:
    first, second = open_tab(), open_tab()
    begin(first, fake.url, "sleep:3.2")
    second.goto(first.url)
    assert share(second) > 0
    first.get_by_role("button", name="Cancel").click()
    for each in (second, first):
        ends(each, "canceled")


def test_recent_jobs_follow_what_runs_and_lead_there(tab: Page, fake: Deployment) -> None:
    job = begin(tab, fake.url, "sleep:3.3")
    tab.get_by_role("link", name="rfengine").click()
    line = tab.get_by_role("link", name="sleep:3.3")
    expect(line).to_contain_text("%")
    expect(line).to_contain_text("succeeded")
    line.click()
    assert job_of(tab) == job
    ends(tab)


def test_the_page_goes_on_by_itself_when_the_service_comes_back(
    tab: Page, watch: Watch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    watch.allow("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")
    deployment = Deployment(tmp_path_factory.mktemp("killed"), settings=dict(FAKE))
    with deployment.worker(), ExitStack() as first:
        process = first.enter_context(deployment.service())
        begin(tab, deployment.url, "sleep:5")
        assert share(tab) > 0
        process.kill()
        first.close()
        tab.wait_for_timeout(500)
        expect(status(tab)).to_have_text("running")
        with deployment.service():
            ends(tab)


def test_a_proxy_that_refuses_the_stream_for_a_while_is_asked_again(tab: Page, watch: Watch, fake: Deployment) -> None:
    watch.allow("^503 .*/events")
    refusals = iter([503])
    tab.route("**/events", lambda route: route.fulfill(status=503) if next(refusals, None) else route.continue_())
    begin(tab, fake.url, "sleep:1")
    ends(tab)
    assert next(refusals, None) is None


@pytest.fixture(scope="package")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A service that asks for a key."""
    deployment = Deployment(tmp_path_factory.mktemp("locked"), settings={**FAKE, "RFENGINE_API_KEY": KEY})
    with deployment.service(), deployment.worker():
        yield deployment


def sign_in(tab: Page, key: str) -> None:
    dialog = tab.get_by_role("dialog", name="Sign in")
    dialog.get_by_label("API key").fill(key)
    dialog.get_by_role("button", name="Sign in").click()


def test_a_key_is_shown_once_and_opens_the_link_that_was_followed(
    open_tab: Opener, watch: Watch, locked: Deployment
) -> None:
    watch.allow("^401 ")
    tab, other = open_tab(), open_tab()
    tab.goto(locked.url)
    sign_in(tab, "not this one")
    expect(tab.get_by_role("dialog").get_by_role("alert")).to_contain_text("key")
    sign_in(tab, KEY)
    expect(tab.get_by_role("dialog")).to_have_count(0)
    expect(tab.get_by_text("Nothing yet.")).to_be_visible()
    (cookie,) = tab.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    assert tab.evaluate("document.cookie") == ""
    job = begin(tab, locked.url, "sleep:2")
    assert share(tab) > 0  # by the events of the job, with the session

    other.goto(f"{locked.url}/#/jobs/{job}/files?kept=1")
    sign_in(other, KEY)
    expect(other.get_by_role("heading", name="sleep:2")).to_be_visible()
    assert other.url.endswith(f"#/jobs/{job}/files?kept=1")
    for each in (tab, other):
        ends(each)


def test_a_stranger_cannot_close_the_question_for_the_key(tab: Page, watch: Watch, locked: Deployment) -> None:
    watch.allow("^401 ")
    tab.goto(locked.url)
    expect(tab.get_by_role("dialog", name="Sign in")).to_be_visible()
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog", name="Sign in")).to_be_visible()
    expect(tab.get_by_text(DROP)).to_be_visible()
