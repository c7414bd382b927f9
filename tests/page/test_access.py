"""Everybody can use it: axe finds nothing in any view, and all of it is reached by keyboard and at any width."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests import sweeps
from tests.page.browser import Opener, scrolls_sideways
from tests.page.steps import ask_more, at_home, choose, ends
from tests.service.processes import Deployment

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async ([rules, but]) => {
  const places = {include: [["html"]], exclude: but.map((place) => [place])};
  return (await axe.run(places, {runOnly: rules, resultTypes: ["violations"]})).violations;
}"""
VIEWS = ("explore", "explore?tensor=p4&unit=2,5&boxes=20,30,40,24", "coverage", "profiles", "files")
# Where the keyboard is, as a screen reader would say it.
FOCUSED = """() => {
  const at = document.activeElement;
  const named = at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText;
  return [at.tagName.toLowerCase(), (named ?? "").trim().split("\\n")[0]];
}"""
# axe does not know of fill-opacity. The least contrast of the words in the map of accuracies with what lies under them.
CONTRAST = """() => {
  const parsed = (colour) => {
    const [, kind, words] = /^(rgb|color)a?\\((.*)\\)$/.exec(colour);
    const numbers = words.match(/[\\d.]+(e-\\d+)?/g).map(Number);
    return kind === "rgb" ? numbers.slice(0, 3).map((each) => each / 255) : numbers.slice(0, 3);
  };
  const light = (colour) => colour
    .map((each) => (each <= 0.03928 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4))
    .reduce((sum, each, i) => sum + each * [0.2126, 0.7152, 0.0722][i], 0);
  const holds = (rect, text) => {
    const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => rect[name].baseVal.value);
    const [atX, atY] = [text.x.baseVal[0].value, text.y.baseVal[0].value];
    return x <= atX && atX <= x + width && y <= atY && atY <= y + height;
  };
  const cells = [...document.querySelectorAll(".map .learnt, .map .unlearnt")];
  const contrasts = [...document.querySelectorAll(".map .row-words text")].map((text) => {
    const cell = cells.find((each) => holds(each, text));
    const layers = [cell, cell.parentNode.querySelector(".ground")];
    const [over, under] = layers.map((each) => parsed(getComputedStyle(each).fill));
    const share = Number(getComputedStyle(cell).fillOpacity);
    const ground = over.map((each, i) => each * share + under[i] * (1 - share));
    const [low, high] = [light(ground), light(parsed(getComputedStyle(text).fill))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  });
  return Math.min(...contrasts);
}"""
HOME = [
    ("a", "Skip to content"),
    ("a", "rfengine"),
    ("a", "API"),
    ("button", "Change to dark colours"),
    ("button", "ONNX file"),
    ("button", "Reference network"),
    ("button", "Layer spec"),
    ("input", "Drop an ONNX file here"),
    ("input", "Theoretical fields"),
    ("input", "Effective: constant-forward"),
    ("input", "Effective: gradient"),
    ("input", "Effective: closed form"),
    ("summary", "More options"),
]


def faults_in(tab: Page, *but: str) -> str:
    """What axe finds, a line for each place; empty where all is well."""
    tab.evaluate(AXE)
    found: list[dict[str, Any]] = tab.evaluate(RUN, [RULES, but])
    return "\n".join(
        f"{rule['id']}: {node['target']} {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    )


def in_view(tab: Page, answered: str, view: str) -> Page:
    """Open a view of the job of the small detector, and wait until all of it is there."""
    tab.goto(f"{answered}/{view}")
    expect(tab.locator(".tabs a[aria-current]")).to_have_attribute("href", re.compile(f"/{view.partition('?')[0]}$"))
    expect(tab.locator(".view").get_by_role("heading").first).to_be_visible()
    tab.wait_for_load_state("networkidle")
    return tab


def test_axe_would_find_faults(modules: Page) -> None:
    script = """() => {
      document.querySelector("main").innerHTML = "<img src='data:,'><p id='pale'>pale</p><button></button>";
      document.querySelector("#pale").style.color = "#ddd";
    }"""
    modules.evaluate(script)
    found = faults_in(modules)
    for rule in ("image-alt", "color-contrast", "button-name"):
        assert rule in found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_at_home(open_tab: Opener, site: str, theme: str) -> None:
    tab = at_home(open_tab(color_scheme=theme, reduced_motion="reduce"), site)
    for way in ("ONNX file", "Reference network", "Layer spec"):
        tab.get_by_role("button", name=way, exact=True).click()
        assert not faults_in(tab)
    tab.get_by_text("More options").click()
    assert not faults_in(tab)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing_in_a_view(open_tab: Opener, answered: str, view: str, theme: str) -> None:
    tab = in_view(open_tab(color_scheme=theme, reduced_motion="reduce"), answered, view)
    assert not faults_in(tab)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_a_sweep(open_tab: Opener, answered: str, theme: str) -> None:
    tab = open_tab(color_scheme=theme, reduced_motion="reduce")
    job = httpx.get(answered.replace("/#", "")).json()
    job["request"]["analyses"] = ["sweep"]
    report = json.loads(sweeps.report(sweeps.QUICK).to_json())
    tab.route(re.compile("/jobs/[0-9a-f]{32}$"), lambda route: route.fulfill(json=job))
    tab.route(re.compile("/jobs/[0-9a-f]{32}/report"), lambda route: route.fulfill(json=report))
    in_view(tab, answered, "sweep")
    assert not faults_in(tab, ".map .row-words")
    assert tab.evaluate(CONTRAST) >= 4.5
    tab.set_viewport_size({"width": 360, "height": 800})
    assert scrolls_sideways(tab) == 0


def test_axe_finds_nothing_where_a_job_runs_nor_where_it_failed(tab: Page, fake: Deployment) -> None:
    at_home(tab, fake.url)
    ask_more(tab, name="sleep:2")
    choose(tab, "model.onnx", b"a model")
    expect(tab.get_by_role("progressbar", name="Progress")).to_be_visible()
    assert not faults_in(tab)
    at_home(tab, fake.url)
    ask_more(tab, name="raise")
    choose(tab, "model.onnx", b"a model")
    ends(tab, "failed")
    assert not faults_in(tab)


@pytest.mark.parametrize("width", [360, 768, 2560])
def test_nothing_is_wider_than_the_window(open_tab: Opener, answered: str, width: int) -> None:
    tab = open_tab(viewport={"width": width, "height": 800})
    at_home(tab, answered.partition("#")[0])
    wide = {"home": scrolls_sideways(tab)}
    for view in VIEWS:
        wide[view] = scrolls_sideways(in_view(tab, answered, view))
    assert not any(wide.values()), wide


def test_the_theme_follows_the_system_until_the_reader_chooses(open_tab: Opener, site: str) -> None:
    colour: Callable[[], str] = lambda: tab.evaluate("getComputedStyle(document.documentElement).backgroundColor")  # noqa: E731
    tab = at_home(open_tab(color_scheme="light"), site)
    light = colour()
    tab.emulate_media(color_scheme="dark")
    dark = colour()
    assert light != dark
    tab.emulate_media(color_scheme="light")
    tab.get_by_role("button", name="Change to dark colours").click()
    assert colour() == dark
    tab.reload()
    assert colour() == dark
    tab.get_by_role("button", name="Change to light colours").click()
    assert colour() == light


def test_the_keyboard_goes_through_home_in_the_order_of_reading(tab: Page, site: str) -> None:
    at_home(tab, site)
    order = []
    for _ in HOME:
        tab.keyboard.press("Tab")
        order.append(tuple(tab.evaluate(FOCUSED)))
    assert order == HOME


def test_the_first_key_skips_to_the_content(tab: Page, site: str) -> None:
    at_home(tab, site)
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("main")).to_be_focused()
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("button", name="ONNX file", exact=True)).to_be_focused()


def test_a_new_page_begins_at_its_top(tab: Page, answered: str, real: Deployment) -> None:
    at_home(tab, real.url)
    tab.get_by_role("link", name="detector").first.press("Enter")
    expect(tab.get_by_role("heading", name="detector", level=1)).to_be_visible()
    expect(tab.get_by_role("main")).to_be_focused()
