"""The coverage view: sliders, the policy they arrive at, objects over images, and a first policy."""

import io
import json
import re
from pathlib import Path

import httpx
from PIL import Image
from playwright.sync_api import Page, expect

from api_schemas.policy import CoveragePolicy
from rfengine.cli.policy import load_policy
from tests.page.networks import POLICY, detector_file
from tests.service.processes import Deployment


def coverage_of(tab: Page, answered: str) -> Page:
    """The coverage view of the small detector."""
    tab.goto(f"{answered}/coverage")
    expect(tab.get_by_role("heading", name="objects covered")).to_be_visible()
    expect(tab.get_by_role("heading", name="Requirements")).to_be_visible()
    return tab


def slide(tab: Page, name: str, steps: int) -> None:
    """Move a slider by the keyboard."""
    tab.get_by_role("slider", name=name).focus()
    for _ in range(abs(steps)):
        tab.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")


def saved_policy(tab: Page, form: str, folder: Path) -> Path:
    """The policy of the page as a file."""
    panel = tab.locator(".export")
    panel.get_by_role("button", name=form, exact=True).click()
    with tab.expect_download() as saving:
        panel.get_by_role("button", name="Save", exact=True).click()
    path = folder / saving.value.suggested_filename
    saving.value.save_as(path)
    return path


def test_sliders_judge_anew_and_the_address_keeps_them(tab: Page, answered: str) -> None:
    coverage_of(tab, answered)
    verdict = tab.locator(".verdict h2")
    expect(verdict).to_contain_text("fail")
    before = verdict.text_content() or ""
    slide(tab, "Stride, at most", 50)
    slide(tab, "Theoretical field, at least", -20)
    expect(verdict).not_to_have_text(before)
    expect(tab.locator(".requirements .delta").first).to_contain_text("+")
    tab.wait_for_url(re.compile(r"coverage\?policy="))
    shown = verdict.text_content() or ""
    tab.reload()
    expect(verdict).to_have_text(shown)
    tab.get_by_role("button", name="Back to the job's").click()
    expect(verdict).to_have_text(before)


def test_the_engine_reads_the_policy_that_the_page_saves(
    tab: Page, answered: str, real: Deployment, tmp_path: Path
) -> None:
    coverage_of(tab, answered)
    slide(tab, "Theoretical field, at least", -4)
    panel = tab.locator(".requirements")
    panel.get_by_role("button", name="P4").click()
    panel.get_by_role("checkbox", name="Stride").check()
    slide(tab, "Stride, at most", 10)
    panel.get_by_role("button", name="All heads").click()
    wanted = POLICY | {
        "require": {"trf": 1.0, "stride": 1, "covered": 0.9},
        "per_head": {"P4": {"stride": 1.5}},
    }
    for form in ("YAML", "JSON"):
        path = saved_policy(tab, form, tmp_path)
        assert load_policy(str(path)).policy == CoveragePolicy.model_validate(wanted)
    tab.get_by_role("button", name="Check it on the service").click()
    shown = tab.locator(".verdict h2").inner_text()
    tab.wait_for_function("(before) => !location.hash.includes(before)", arg=answered.rpartition("/")[2])
    job = re.search(r"/jobs/([0-9a-f]{32})", tab.url)
    assert job is not None
    ended = real.ended(job[1], within=60.0)
    assert ended["status"] == "succeeded"
    report = httpx.get(f"{real.url}/jobs/{job[1]}/report", headers={"Accept": "application/json"}).json()
    assert f"{report['coverage']['share']:.2%}".split(".")[0] in shown
    expect(tab.locator(".verdict h2")).to_contain_text("objects covered")


def annotations(names: list[str]) -> bytes:
    """Objects that are too large for any head of the detector, one per image, as COCO has them."""
    images = [{"id": at, "file_name": name, "width": 320, "height": 240} for at, name in enumerate(names)]
    boxes = [{"id": at, "image_id": at, "category_id": 1, "bbox": [20 + at, 10, 250, 220]} for at in range(len(names))]
    whole = {"images": images, "annotations": boxes, "categories": [{"id": 1, "name": "bus"}]}
    return json.dumps(whole).encode()


def picture() -> bytes:
    """A grey picture of the images' size."""
    packed = io.BytesIO()
    Image.new("RGB", (320, 240), "grey").save(packed, "PNG")
    return packed.getvalue()


def test_objects_are_shown_over_images_of_their_names(tab: Page, real: Deployment) -> None:
    policy = {"objects": {"coco": "boxes.json"}, "require": {"trf": 2}}
    asked = {"request": json.dumps({"name": "buses", "analyses": ["analytic", "coverage"], "coverage": policy})}
    boxes = annotations(["a/1.jpg", "a/2.jpg"])
    files = {"model": ("detector.onnx", detector_file()), "objects": ("boxes.json", boxes)}
    job = httpx.post(f"{real.url}/analyze", data=asked, files=files).json()["id"]
    assert real.ended(job, within=60.0)["status"] == "succeeded"
    tab.goto(f"{real.url}/#/jobs/{job}/coverage")
    scene = tab.locator(".scene")
    expect(scene.locator("svg > .box").last).to_have_attribute("width", "250")
    expect(scene.locator("image")).to_have_count(0)
    chosen = [{"name": "2.png", "mimeType": "image/png", "buffer": picture()}]
    tab.get_by_label("Choose images").set_input_files(chosen)  # type: ignore[arg-type]
    expect(tab.locator(".image-drop [role=status]")).to_have_text("1 of 2 images found by their names.")
    tab.get_by_role("grid").get_by_role("row", name="a/2.jpg").click()
    expect(scene.locator("image")).to_have_attribute("href", re.compile("^blob:"))
    expect(scene.locator("svg > .box").last).to_have_attribute("x", "21")
    tab.get_by_role("button", name="Look closer").click()
    expect(scene.locator("svg")).to_have_attribute("viewBox", "0 0 320 240")  # it fills the image already
    expect(scene.locator("[aria-live]")).to_contain_text("theoretical field too small at P")


def test_pictures_are_read_by_keyboard_and_saved(tab: Page, answered: str, tmp_path: Path) -> None:
    coverage_of(tab, answered)
    sizes_of = tab.get_by_role("application", name="Object sizes")
    sizes_of.focus()
    tab.keyboard.press("ArrowRight")
    expect(sizes_of.get_by_role("status")).to_contain_text("covered")
    plane = tab.get_by_role("application", name="Objects by width and height")
    plane.focus()
    tab.keyboard.press("ArrowUp")
    expect(plane.get_by_role("status")).to_contain_text("px (width × height)")
    for title in ("Object sizes", "Width by height"):
        for form, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("CSV", b"")):
            tab.get_by_label(f"Save {title}", exact=True).click()
            with tab.expect_download() as saving:
                tab.get_by_role("button", name=form, exact=True).and_(tab.locator(":visible")).click()
            saving.value.save_as(tmp_path / "saved")
            assert (tmp_path / "saved").read_bytes().startswith(begins)


def test_a_job_without_a_policy_gets_one(tab: Page, real: Deployment) -> None:
    parts = {"model": ("detector.onnx", detector_file())}
    asked = {"request": json.dumps({"name": "unasked", "analyses": ["analytic"]})}
    job = httpx.post(f"{real.url}/analyze", data=asked, files=parts).json()["id"]
    assert real.ended(job, within=60.0)["status"] == "succeeded"
    tab.goto(f"{real.url}/#/jobs/{job}/coverage")
    tab.get_by_role("button", name="Sizes", exact=True).click()
    check = tab.get_by_role("button", name="Check", exact=True)
    check.click()
    field = tab.get_by_role("textbox", name="Width × height")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill("12x10*5, 20, 300")
    check.click()
    expect(tab.locator(".ask .field .bad")).to_contain_text("larger than the input")
    field.fill("12x10*5, 20, 60x70")
    check.click()
    expect(tab.get_by_role("heading", name="of 7 objects covered")).to_be_visible(timeout=60_000)
