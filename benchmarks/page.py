"""The page in a real browser: until its first view is there, and from a dropped detector to what its heads see.

python -m benchmarks.page            the first view, beside a naive twin
python -m benchmarks.page detector   RetinaNet-R50 (140 MB) dropped on a service and worker that have just started
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from rfengine.threads import wait_quietly
from tests.page.browser import chromium
from tests.real_models import GRAPHS, filled
from tests.service.processes import ROOT, Deployment

Line = dict[str, Any] | None
TIMES = 10
REAL = {"RFENGINE_ENGINE": "worker.engine", "RFENGINE_LEASE": "30"}
# A line as a phone has it: 40 ms there and back, 10 Mbit/s.
PHONE = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}
# Milliseconds from the navigation until the form is drawn, by the page's own clock.
SHOWN = """() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))"""

RECORD = """() => {
  window.times = [];
  const note = (time) => { window.times.push(time); requestAnimationFrame(note); };
  requestAnimationFrame(note);
}"""


@dataclass(frozen=True)
class Visit:
    """What one visit took: ms until the first view was drawn, bytes and requests over the wire."""

    ms: float
    bytes: int
    requests: int


def main() -> None:
    """Run the part that the first argument names."""
    wait_quietly()
    parts: dict[str, Callable[[], None]] = {"first": first, "detector": detector}
    parts[sys.argv[1] if len(sys.argv) > 1 else "first"]()


def first() -> None:
    """Visits with an empty cache and with a full one, here and over a phone's line, ours and the naive twin's."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        ours = Deployment(Path(folder) / "ours")
        twin = Deployment(Path(folder) / "twin", settings={"PYTHONPATH": str(naive_copy(Path(folder)))})
        for deployment in (ours, twin):
            stack.enter_context(deployment.service())
        browser = stack.enter_context(chromium())
        ways: dict[str, Callable[[Line], Visit]] = {
            "empty cache": lambda line: visit(browser, ours.url, line),
            "second visit": lambda line: visit(browser, ours.url, line, again=True),
            "naive twin": lambda line: visit(browser, twin.url, line, headers={"Accept-Encoding": "identity"}),
        }
        print("| first view | ms | bytes | requests |\n|---|--:|--:|--:|")
        for where, line in (("this machine", None), ("a phone's line", PHONE)):
            # By turns, so that what else the machine does hits all of them alike.
            rounds = [{name: way(line) for name, way in ways.items()} for _ in range(TIMES)]
            for name in ways:
                seen = [each[name] for each in rounds]
                ms = statistics.median(each.ms for each in seen)
                print(f"| {where}, {name} | {ms:.0f} | {seen[-1].bytes:,} | {seen[-1].requests} |")


def naive_copy(folder: Path) -> Path:
    """A source tree whose page lets the browser find its modules one after the other."""
    copy = folder / "naive"
    shutil.copytree(ROOT / "service", copy / "service")
    for package in ("api_schemas", "jobstore", "tests"):
        (copy / package).symlink_to(ROOT / package)
    index = copy / "service/static/index.html"
    index.write_text("\n".join(line for line in index.read_text().splitlines() if "modulepreload" not in line))
    return copy


def visit(
    browser: Browser, url: str, line: Line, *, again: bool = False, headers: dict[str, str] | None = None
) -> Visit:
    """One visit in a fresh profile; `again` measures the visit after it."""
    context = browser.new_context(extra_http_headers=headers)
    page = context.new_page()
    if again:
        shown(page, url)
        page.goto("about:blank")
    wire = context.new_cdp_session(page)
    lengths: list[int] = []
    wire.on("Network.loadingFinished", lambda event: lengths.append(int(event["encodedDataLength"])))
    wire.send("Network.enable")
    if line is not None:
        wire.send("Network.emulateNetworkConditions", line)
    ms = shown(page, url)
    page.wait_for_load_state("networkidle")
    context.close()
    moved = [length for length in lengths if length > 0]
    return Visit(ms, sum(moved), len(moved))


def shown(page: Page, url: str) -> float:
    """Go there; ms until the form is drawn."""
    page.goto(url, wait_until="commit")
    page.locator(".drop").wait_for()
    return float(page.evaluate(SHOWN))


def detector() -> None:
    """From the drop of a detector's file to its heads in the explorer, and to all that was asked; then the pointer."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        path = Path(folder) / "retinanet_r50_fpn_heads.onnx"
        path.write_bytes(filled(GRAPHS / path.name))
        deployment = Deployment(Path(folder) / "data", settings=dict(REAL))
        stack.enter_context(deployment.service())
        stack.enter_context(deployment.worker())
        page = stack.enter_context(chromium()).new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(1_800_000)
        page.goto(deployment.url)
        print(f"{path.name}, {path.stat().st_size / 1e6:.0f} MB")
        page.locator(".drop").wait_for()
        start = time.perf_counter()
        page.locator(".drop input").set_input_files(path)
        moments = {
            "sent, and the job is shown": page.locator(".job-head"),
            "all heads over the picture": page.locator(".stage .tag").filter(has_text="P7"),
            "everything that was asked": page.locator(".status.succeeded"),
        }
        for name, there in moments.items():
            there.first.wait_for()
            print(f"{name}: {time.perf_counter() - start:.1f} s")
        page.wait_for_load_state("networkidle")
        frames = frames_under_pointer(page)
        median, longest = statistics.median(frames), frames[-1]
        print(f"under the pointer, {len(frames)} frames: median {median:.0f} ms, longest {longest:.0f} ms")


def frames_under_pointer(page: Page) -> list[float]:
    """Milliseconds from frame to frame, sorted, while the pointer goes over the stage."""
    page.wait_for_timeout(3000)  # maps are read and their lines found
    frame = page.locator(".stage svg").bounding_box()
    assert frame is not None
    page.evaluate(RECORD)
    for step in range(100):
        page.mouse.move(frame["x"] + frame["width"] * (0.2 + 0.006 * step), frame["y"] + frame["height"] * 0.4)
    return sorted(page.evaluate("() => window.times.slice(1).map((time, i) => time - window.times[i])"))


if __name__ == "__main__":
    main()
