"""`python -m tests.page.screenshots [NAME ...]`: the page as the README shows it, on a real service with real models.

The pictures lie in docs/images/page-*.png. They are looked at by eye: what a browser draws differs from one of its
versions to the next by more than a test could allow.
"""

import io
import json
import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Page

from rfengine.threads import wait_quietly
from tests.page.browser import Opener, Watch, chromium, opener
from tests.page.conftest import REAL
from tests.real_models import GRAPHS, filled
from tests.service.processes import ROOT, Deployment


def _sizes(count: int) -> list[tuple[float, float]]:
    """Widths and heights as datasets have them, px: logarithms about normal, a few far out."""
    random_ = random.Random(0)
    sides = [random_.lognormvariate(4.0, 1.0) for _ in range(count)]
    return [(round(side * random_.uniform(0.6, 1.6), 1), round(side, 1)) for side in sides]


IMAGES = ROOT / "docs" / "images"
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
TALL = {"viewport": {"width": 1280, "height": 1040}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
DETECTOR = {
    "name": "RetinaNet-R50",
    "analyses": ["analytic", "constant_forward", "gradient", "coverage"],
    "gradient": {"images": 1},
    "coverage": {
        "objects": {"sizes": [size for size in _sizes(400) if max(size) <= 512]},
        "input": {"resize": "none"},
        "require": {"trf": 1.5, "stride": 1, "erf": 0.5, "covered": 0.99},
    },
}
SEGMENTER = {"name": "U-Net-R34", "analyses": ["analytic", "constant_forward"]}
SWEEP = {
    "name": "nets of 8 and 10 convolutions",
    "analyses": ["sweep"],
    "sweep": {"depths": [8, 10], "seeds": 2, "training": {"steps": 2000}},
}
# Name of the picture, job, view and its state, and how wide and dark the window is.
SHOTS: tuple[tuple[str, str | None, str, dict[str, Any]], ...] = (
    ("home", None, "", DESKTOP),
    ("explore", "retinanet_r50_fpn_heads", "explore", TALL),
    ("phone", "retinanet_r50_fpn_heads", "explore", PHONE),
    ("unit", "retinanet_r50_fpn_heads", "explore?{tensor}", {**DESKTOP, "color_scheme": "dark"}),
    ("phases", "unet_resnet34", "explore", DESKTOP),
    ("coverage", "retinanet_r50_fpn_heads", "coverage", DESKTOP),
    ("profiles", "retinanet_r50_fpn_heads", "profiles", DESKTOP),
    ("sweep", "sweep", "sweep", DESKTOP),
)


def main() -> None:
    """Make the pictures whose names are given, or all of them."""
    wait_quietly()
    wanted = [shot for shot in SHOTS if not sys.argv[1:] or shot[0] in sys.argv[1:]]
    watch = Watch()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as service, chromium() as browser:
        open_tab = opener(browser, watch, [])
        jobs = {name: answered(service, name) for name in {shot[1] for shot in wanted} - {None} if name}
        for name, job, view, look in wanted:
            address = f"{service.url}/" if job is None else f"{service.url}/#/jobs/{jobs[job]}/{view}"
            keep(IMAGES / f"page-{name}.png", shown(open_tab, address.format(tensor=unit_of(service, jobs, job)), look))
    for fault in watch.faults:
        print(fault, file=sys.stderr)


@contextmanager
def running(folder: Path) -> Iterator[Deployment]:
    """A service and a worker with the real engine."""
    deployment = Deployment(folder, settings=dict(REAL))
    with deployment.service(), deployment.worker():
        yield deployment


def answered(service: Deployment, name: str) -> str:
    """Ask about a model and wait for the end; the job."""
    asked = {"sweep": SWEEP, "unet_resnet34": SEGMENTER}.get(name, DETECTOR)
    model = None if name == "sweep" else {"model": (f"{name}.onnx", filled(GRAPHS / f"{name}.onnx"))}
    body: dict[str, Any] = (
        {"json": asked} if model is None else {"data": {"request": json.dumps(asked)}, "files": model}
    )
    job = str(httpx.post(f"{service.url}/analyze", timeout=60, **body).raise_for_status().json()["id"])
    ended = service.ended(job, within=1800)
    assert ended["status"] == "succeeded", ended["error"]
    print(f"{name}: {job}")
    return job


def unit_of(service: Deployment, jobs: dict[str, str], job: str | None) -> str:
    """What the address says of a unit of an early target, beside the middle."""
    if job is None or job == "sweep":
        return ""
    report = httpx.get(f"{service.url}/jobs/{jobs[job]}/report").json()
    return f"tensor={report['targets'][min(2, len(report['targets']) - 1)]}&unit=12,20"


def shown(open_tab: Opener, address: str, look: dict[str, Any]) -> Page:
    """The page at an address, once nothing moves any more."""
    tab = open_tab(reduced_motion="reduce", **look)
    tab.goto(address)
    tab.get_by_role("heading").first.wait_for()
    tab.wait_for_load_state("networkidle")
    if look["viewport"] == DESKTOP["viewport"]:  # what is above the views is seen in the tall ones
        tab.locator(".tabs").evaluate_all("tabs => tabs[0]?.scrollIntoView()")
    tab.wait_for_timeout(1500)
    return tab


def keep(path: Path, tab: Page) -> None:
    """Write what the window shows, as small as it goes."""
    Image.open(io.BytesIO(tab.screenshot(animations="disabled"))).convert("RGB").save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
