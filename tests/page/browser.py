"""A real browser for the tests: the system's Chromium, driven by Playwright, with an eye on all that goes wrong."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

PATIENCE = 30_000  # ms that a test waits for something to appear; the machine may be busy
MISSING = "The tests of the page need Chromium: apt-get install --yes chromium"
# A page that leaves stops what it was loading, and a view that closes the events of its job.
STOPPED = "net::ERR_ABORTED"
# Said once more for every answer of 400 and above, and for every request without one; both are watched themselves.
SAID_TWICE = "Failed to load resource"


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser. While it runs, an event loop runs in this thread: nothing else may call `asyncio.run`."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError(MISSING)
    # Chromium's own walls need a user that is not root; what the tests look at is ours.
    walls = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--disable-dev-shm-usage", *walls])
        yield browser
        browser.close()


class Watch:
    """What went wrong in the pages of a test: in the console, in scripts, on the wire."""

    def __init__(self) -> None:
        self._faults: list[str] = []
        self._allowed: list[str] = []

    def allow(self, *patterns: str) -> None:
        """Faults that a test means to bring about, as regular expressions, e.g. r"404 .*/report"."""
        self._allowed += patterns

    def over(self, page: Page) -> None:
        """Watch a page from now on."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self._faults.append(f"script: {error}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)

    @property
    def faults(self) -> list[str]:
        """All but what is allowed."""
        return [fault for fault in self._faults if not any(re.search(pattern, fault) for pattern in self._allowed)]

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(SAID_TWICE):
            place = message.location
            self._faults.append(f"console {message.type}: {message.text} at {place['url']}:{place['lineNumber']}")

    def _failed(self, request: Request) -> None:
        if request.failure != STOPPED:
            self._faults.append(f"{request.failure} {request.method} {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self._faults.append(f"{response.status} {response.request.method} {response.url}")


Opener = Callable[..., Page]


def opener(browser: Browser, watch: Watch, opened: list[BrowserContext]) -> Opener:
    """A function that opens a watched page in a fresh profile; its options are those of `Browser.new_context`."""

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options})
        context.set_default_timeout(PATIENCE)
        context.on("page", watch.over)
        opened.append(context)
        return context.new_page()

    return open_page


def in_module(page: Page, address: str, body: str, argument: Any = None) -> Any:
    """What a piece of JavaScript returns that knows a module of the page as `module` and its own `argument`.

    `in_module(tab, static + "js/format.js", "return module.number(argument)", 2.5)`
    """
    script = f"async ([address, argument]) => {{ const module = await import(address); {body} }}"
    return page.evaluate(script, [address, argument])


def scrolls_sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window: 0 for a page that fits."""
    script = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    return max(0, int(page.evaluate(script)))
