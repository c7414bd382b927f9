"""What people do on the page, in the words that it shows them."""

import base64
import json
import re

from playwright.sync_api import Locator, Page, expect

DROP = "Drop an ONNX file here"
# Makes a file in the page, as one that is dragged in from the desktop would be.
DRAGGED = """([name, content]) => {
  const data = new DataTransfer();
  data.items.add(new File([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], name));
  return data;
}"""


def at_home(tab: Page, url: str) -> Page:
    """Open the page and wait for what it starts with."""
    tab.goto(url)
    expect(tab.get_by_text(DROP)).to_be_visible()
    return tab


def choose(tab: Page, name: str, content: bytes) -> None:
    """Click on the frame and choose a file in the dialog."""
    with tab.expect_file_chooser() as asked:
        tab.get_by_text(DROP).click()
    asked.value.set_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})


def drop(tab: Page, name: str, content: bytes) -> None:
    """Drag a file over the page, somewhere beside the frame, and let it go."""
    data = tab.evaluate_handle(DRAGGED, [name, base64.b64encode(content).decode()])
    heading = tab.get_by_role("heading", level=1)
    heading.dispatch_event("dragover", {"dataTransfer": data})
    expect(tab.locator(".drop.over")).to_be_visible()
    heading.dispatch_event("drop", {"dataTransfer": data})


def only(tab: Page, *labels: str) -> None:
    """Tick these analyses and no others."""
    boxes = tab.get_by_role("group", name="Analyses").get_by_role("checkbox")
    for box in boxes.all():
        box.set_checked(False)
    for label in labels:
        tab.get_by_role("checkbox", name=label).check()


def ask_more(tab: Page, **keys: object) -> None:
    """Say what else the request has, as JSON; `name="sleep:3"` tells the engine of the tests what to do."""
    field = tab.get_by_role("textbox", name="as JSON")
    if not field.is_visible():
        tab.get_by_text("More options").click()
    field.fill(json.dumps(keys))


def ask_for(tab: Page, zoo: str) -> None:
    """Ask for a reference network by its name."""
    tab.get_by_role("button", name="Reference network").click()
    tab.get_by_role("combobox", name="Reference network").fill(zoo)
    tab.get_by_role("button", name="Analyse", exact=True).click()


def paste(tab: Page, spec: str) -> None:
    """Ask for a network by its layer spec."""
    tab.get_by_role("button", name="Layer spec").click()
    tab.get_by_role("textbox", name="Layer spec").fill(spec)
    tab.get_by_role("button", name="Analyse", exact=True).click()


def status(tab: Page) -> Locator:
    """How the shown job is, in one word."""
    return tab.locator(".job-head .status")


def ends(tab: Page, how: str = "succeeded", within: float = 90.0) -> None:
    """Wait until the shown job has ended."""
    expect(status(tab)).to_have_text(re.compile("succeeded|failed|canceled"), timeout=within * 1000)
    expect(status(tab)).to_have_text(how)


def job_of(tab: Page) -> str:
    """The id of the shown job."""
    tab.wait_for_url(re.compile("#/jobs/[0-9a-f]{32}"))
    return tab.url.partition("#/jobs/")[2][:32]
