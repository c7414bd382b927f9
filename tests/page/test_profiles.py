"""Profiles and tables: the page marks what the report says, and saves what it shows."""

import csv
import io
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.page.browser import in_module
from tests.service.processes import Deployment

SVG = "{http://www.w3.org/2000/svg}"


def test_numbers_survive_a_csv_and_formulas_do_not(modules: Page, static: str) -> None:
    header = ["name", "value, px", "note"]
    rows: list[list[Any]] = [
        ["plain", 0.1 + 0.2, 'said "so"'],
        ["=1+1", -3.5, "two\nlines"],
        ["@SUM(A1)", 1e-300, "-2"],
        ["+x", None, "-a, b"],
        ["-1e-7", 2**53, ""],
    ]
    text = in_module(modules, static + "js/lib/save.js", "return module.csvOf(...argument)", [header, rows])
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[0] == header
    assert [float(row[1]) for row in read[1:] if row[1]] == [row[1] for row in rows if row[1] is not None]
    assert [row[0] for row in read[1:]] == ["plain", "'=1+1", "'@SUM(A1)", "'+x", "-1e-7"]
    assert [row[2] for row in read[1:]] == ['said "so"', "two\nlines", "-2", "'-a, b", ""]
    assert text.count("\r\n") == len(rows) + 1


@pytest.fixture(scope="module")
def measured(real: Deployment) -> str:
    """The id of a job whose two estimators have measured two units."""
    units = {"units": [[3, 3], [0, 6]]}
    request = {
        "spec": {"input": [1, 1, 40, 40], "layers": [
            {"type": "conv", "name": "first", "channels": 4, "kernel": 5, "padding": 2, "stride": 2},
            {"type": "relu"},
            {"type": "conv", "name": "out", "channels": 4, "kernel": 3, "padding": 1},
        ]},
        "analyses": ["analytic", "constant_forward", "gradient"], "constant_forward": units, "gradient": units,
    }  # fmt: skip
    answer = httpx.post(f"{real.url}/analyze", json=request)
    assert answer.status_code == 202, answer.text
    job = str(answer.json()["id"])
    assert real.ended(job, within=60.0)["status"] == "succeeded"
    return job


def report_of(real: Deployment, job: str) -> dict[str, Any]:
    """The job's report."""
    report: dict[str, Any] = httpx.get(f"{real.url}/jobs/{job}/report").json()
    return report


def at_profiles(tab: Page, real: Deployment, job: str, query: str = "") -> Page:
    """Open the view and wait for its curves."""
    tab.goto(f"{real.url}/#/jobs/{job}/profiles{query}")
    expect(tab.locator(".chart svg").first).to_be_visible()
    return tab


def alone(tab: Page, name: str) -> Locator:
    """The part of the view about one estimator."""
    return tab.get_by_role("region", name=name, exact=True)


def saved(tab: Page, part: Locator, what: str, form: str, folder: Path) -> Path:
    """Save something by its menu."""
    part.get_by_label(f"Save {what}", exact=True).click()
    with tab.expect_download() as downloading:
        part.get_by_role("button", name=form, exact=True).click()
    download = downloading.value
    target = folder / download.suggested_filename
    download.save_as(target)
    return target


def test_marks_are_the_reports_figures(tab: Page, real: Deployment, measured: str) -> None:
    at_profiles(tab, real, measured)
    report = report_of(real, measured)
    for estimator, name in (("constant_forward", "Constant-forward"), ("gradient", "Gradient")):
        metrics = report[estimator]["out"][0]["metrics"]
        texts = " ".join(alone(tab, name).locator("svg text").all_text_contents())
        for side in set(metrics["energy_side"].values()):
            assert f"%: {side}" in texts
        level, radius = next(iter(metrics["radius_px"]["axis"].items()))
        assert f"level {float(level):g}: ◆ {radius}, ◇" in texts
        size = report["analytic"]["tensors"]["out"]["size"][0]
        assert f"theory {size / 2:g} px" in texts


def test_the_address_has_the_state(tab: Page, real: Deployment, measured: str) -> None:
    at_profiles(tab, real, measured)
    tab.get_by_role("combobox", name="Unit").select_option("0,6")
    tab.get_by_role("button", name="Linear").click()
    tab.get_by_role("group", name="Estimators").get_by_role("button", name="Constant-forward").click()
    expect(tab).to_have_url(re.compile(r"unit=0%2C6.*scale=linear.*by=gradient"))
    tab.reload()
    expect(alone(tab, "Gradient").get_by_role("heading")).to_contain_text("unit 0, 6")
    expect(alone(tab, "Constant-forward")).to_have_count(0)
    expect(tab.get_by_role("button", name="Linear")).to_have_attribute("aria-pressed", "true")


def test_a_row_of_the_figures_chooses_the_unit(tab: Page, real: Deployment, measured: str) -> None:
    at_profiles(tab, real, measured)
    rows = tab.get_by_role("grid", name="Figures of all effective fields").locator("tbody tr")
    rows.first.focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    expect(tab).to_have_url(re.compile("unit=0%2C6"))


def test_values_are_read_by_keyboard(tab: Page, real: Deployment, measured: str) -> None:
    at_profiles(tab, real, measured)
    plot = alone(tab, "Gradient").get_by_role("application").first
    plot.focus()
    tab.keyboard.press("Home")
    said = plot.locator("[aria-live]")
    expect(said).to_contain_text("distance from the centre")
    before = said.inner_text()
    tab.keyboard.press("ArrowRight")
    expect(said).not_to_have_text(before)
    tab.keyboard.press("Escape")
    expect(said).to_have_text("")


def test_tables_are_saved_as_the_report_has_them(tab: Page, real: Deployment, measured: str, tmp_path: Path) -> None:
    at_profiles(tab, real, measured)
    report = report_of(real, measured)
    figures = saved(tab, tab.get_by_role("region", name="Effective fields: all figures"),
                    "Figures of all effective fields", "CSV", tmp_path)  # fmt: skip
    rows = list(csv.DictReader(figures.open(encoding="utf-8", newline="")))
    entries = [(name, entry) for name in ("constant_forward", "gradient") for entry in report[name]["out"]]
    assert len(rows) == len(entries) == 4
    for row, (name, entry) in zip(rows, entries, strict=True):
        metrics = entry["metrics"]
        assert (row["target"], row["estimator"]) == ("out", name)
        assert [int(row["unit_h"]), int(row["unit_w"])] == entry["unit"]
        assert float(row["mass"]) == metrics["mass"]
        assert float(row["luo_size"]) == metrics["luo_size"]
        assert {p: int(row[f"energy_side_{p}"]) for p in metrics["energy_side"]} == metrics["energy_side"]
        assert [float(row["offset_px_h"]), float(row["offset_px_w"])] == metrics["offset_px"]
    layers = saved(tab, tab.get_by_role("region", name="Theoretical fields: all layers"),
                   "Theoretical fields of all layers", "CSV", tmp_path)  # fmt: skip
    tensors = report["analytic"]["tensors"]
    found = {row["tensor"]: row for row in csv.DictReader(layers.open(encoding="utf-8", newline=""))}
    assert list(found) == list(tensors)
    for name, tensor in tensors.items():
        assert [int(found[name]["size_h"]), int(found[name]["size_w"])] == tensor["size"]
        assert [float(found[name]["stride_h"]), float(found[name]["stride_w"])] == tensor["stride"]


def test_a_table_is_sorted_and_filtered(tab: Page, real: Deployment, measured: str, tmp_path: Path) -> None:
    at_profiles(tab, real, measured)
    part = tab.get_by_role("region", name="Theoretical fields: all layers")
    head = part.get_by_role("columnheader", name="Field, px")
    names = part.locator("tbody th")
    expect(names).to_contain_text(["first", "relu1", "out"])
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(names.first).to_contain_text("out")
    part.get_by_role("searchbox").fill("RELU")
    expect(names).to_have_count(1)
    expect(part.get_by_role("status")).to_have_text("1 of 3 rows")
    found = saved(tab, part, "Theoretical fields of all layers", "CSV", tmp_path)
    assert [row["tensor"] for row in csv.DictReader(found.open(encoding="utf-8", newline=""))] == ["relu1"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_chart_is_saved_as_a_picture_of_its_own(
    tab: Page, real: Deployment, measured: str, tmp_path: Path, theme: Any
) -> None:
    tab.emulate_media(color_scheme=theme)
    at_profiles(tab, real, measured)
    part = alone(tab, "Gradient")
    drawing = saved(tab, part, "Profiles, levels and fits: out, unit 3, 3, Gradient", "SVG", tmp_path)
    root = ElementTree.parse(drawing).getroot()
    assert root.tag == f"{SVG}svg"
    text = drawing.read_text(encoding="utf-8")
    assert "var(" not in text
    assert not re.search(r'\s(?:class|style|href)="', text)
    words = " ".join("".join(found.itertext()) for found in root.iter(f"{SVG}text"))
    assert "along h, both directions" in words
    assert root.get("viewBox")
    raster = saved(tab, part, "Profiles, levels and fits: out, unit 3, 3, Gradient", "PNG", tmp_path)
    with Image.open(raster) as picture:
        assert picture.size == (2 * int(root.get("width", "")), 2 * int(root.get("height", "")))
        colours = picture.convert("RGB").getcolors(maxcolors=1 << 20)
        ground = picture.convert("RGB").getpixel((0, 0))
    assert colours is not None
    assert len(colours) > 50
    assert isinstance(ground, tuple)
    assert (sum(ground) > 600) == (theme == "light")


def test_files_are_shown_and_enlarged(tab: Page, real: Deployment, measured: str) -> None:
    tab.goto(f"{real.url}/#/jobs/{measured}/files")
    expect(tab.get_by_role("heading", name="Pictures")).to_be_visible()
    artifacts = httpx.get(f"{real.url}/jobs/{measured}/artifacts").json()["artifacts"]
    names = tab.locator("a[download]").evaluate_all("links => links.map((link) => link.download)")
    assert sorted(names) == sorted(artifact["name"] for artifact in artifacts)
    tab.get_by_role("button", name=re.compile("^Enlarge: Effective receptive field")).first.click()
    dialog = tab.get_by_role("dialog")
    expect(dialog).to_be_visible()
    first = dialog.get_by_role("heading").inner_text()
    tab.keyboard.press("ArrowRight")
    expect(dialog.get_by_role("heading")).not_to_have_text(first)
    expect(tab).to_have_url(re.compile("show="))
    tab.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
