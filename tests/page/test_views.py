"""The views of a job as people go through them: what reacts, what a link keeps, and the keyboard alone."""

import re

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from tests.page.browser import Opener, Watch
from tests.page.steps import at_home, ends, job_of, only
from tests.service.processes import Deployment


def stage(tab: Page) -> Locator:
    """The picture that is pointed at."""
    return tab.get_by_role("application", name="Picture with what the unit sees")


def readout(tab: Page) -> Locator:
    """What is said beside it."""
    return tab.locator(".readout")


def explore(tab: Page, answered: str, query: str = "") -> Page:
    """Open the explorer, all of it."""
    tab.goto(f"{answered}/explore{query}")
    expect(stage(tab)).to_be_visible()
    tab.wait_for_load_state("networkidle")
    return tab


def unit(tab: Page) -> list[int]:
    """The unit that the readout is about."""
    cells = readout(tab).locator("table.axes tbody td:nth-of-type(1)").all_inner_texts()
    return [int(cell.partition(" of ")[0]) for cell in cells]


def tab_to(tab: Page, wanted: Locator, at_most: int = 40) -> None:
    """Press Tab until something has the focus."""
    for _ in range(at_most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"{wanted} was not reached in {at_most} steps")


def test_the_explorer_begins_with_all_heads_and_goes_to_each(tab: Page, answered: str) -> None:
    explore(tab, answered)
    for head, name in (("P3", "p3"), ("P4", "p4"), ("P5", "p5")):
        expect(readout(tab)).to_contain_text(head)
        tab.locator(".head-chips").get_by_role("button", name=head).click()
        expect(readout(tab).get_by_role("heading", name=name)).to_be_visible()
        tab.locator(".head-chips").get_by_role("button", name="All heads").click()


def test_the_explorer_follows_the_pointer_and_keeps_what_was_chosen(tab: Page, answered: str) -> None:
    explore(tab, answered, "?tensor=p4")
    frame = stage(tab).bounding_box()
    assert frame is not None
    middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
    assert unit(tab) == [4, 4]
    tab.mouse.move(middle[0] + frame["height"] * 0.3, middle[1] - frame["height"] * 0.2)
    row, column = unit(tab)
    assert row < 4 < column
    tab.mouse.move(10, 10)
    expect(readout(tab)).to_contain_text("4 of 8")
    stage(tab).click(position={"x": frame["width"] / 2, "y": frame["height"] * 0.25})
    expect(tab).to_have_url(re.compile(r"unit=\d(,|%2C)\d"))
    row, column = unit(tab)
    assert row < 4
    tab.mouse.move(10, 10)
    assert unit(tab) == [row, column]


def test_the_explorer_goes_by_keys_over_units_and_layers(tab: Page, answered: str) -> None:
    explore(tab, answered, "?tensor=p4")
    stage(tab).focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowUp")
    expect(tab).to_have_url(re.compile(r"unit=3(,|%2C)6"))
    assert unit(tab) == [3, 6]
    before = readout(tab).get_by_role("heading").first.inner_text()
    tab.keyboard.press("[")
    expect(readout(tab).get_by_role("heading").first).not_to_have_text(before)


def test_a_link_shows_another_the_same(open_tab: Opener, answered: str) -> None:
    mine = explore(open_tab(), answered, "?tensor=p4")
    stage(mine).focus()
    mine.keyboard.press("ArrowLeft")
    expect(mine).to_have_url(re.compile("unit="))
    theirs = open_tab()
    theirs.goto(mine.url)
    expect(stage(theirs)).to_be_visible()
    expect(readout(theirs)).to_have_text(readout(mine).inner_text(), use_inner_text=True)
    assert theirs.url == mine.url


def test_a_slider_changes_the_verdict_and_its_link_and_the_policy_that_is_saved(
    open_tab: Opener, answered: str
) -> None:
    tab = open_tab()
    tab.goto(f"{answered}/coverage")
    verdict = tab.get_by_role("region", name="objects covered")
    expect(verdict).to_contain_text(re.compile("^fail"))
    tab.get_by_role("slider", name="Covered, at least").fill("0.5")
    expect(verdict).to_contain_text(re.compile("^pass"))
    tab.get_by_role("slider", name="Theoretical field, at least").fill("4")
    expect(verdict).to_contain_text(re.compile("^fail"))
    with tab.expect_download() as saved:
        tab.get_by_role("region", name="This policy as a file").get_by_role("button", name="Save", exact=True).click()
    policy = yaml.safe_load(saved.value.path().read_text())
    assert (policy["require"]["covered"], policy["require"]["trf"]["at_least"]) == (0.5, 4)

    theirs = open_tab()
    theirs.goto(tab.url)
    expect(theirs.get_by_role("region", name="objects covered")).to_have_text(verdict.inner_text(), use_inner_text=True)
    theirs.get_by_role("button", name="Back to the job's").click()
    expect(theirs).not_to_have_url(re.compile("policy="))


def test_another_question_about_the_same_network_needs_no_upload(tab: Page, answered: str, real: Deployment) -> None:
    tab.goto(answered)
    tab.get_by_text("Ask something else about this network").click()
    only(tab, "Theoretical")
    tab.get_by_role("button", name="Analyse", exact=True).click()
    expect(tab).not_to_have_url(re.compile(re.escape(answered)))
    ends(tab)
    expect(tab.locator(".about")).to_contain_text("19 nodes")
    assert real.job(job_of(tab))["request"]["analyses"] == ["analytic"]


def test_the_views_can_be_gone_back_through(tab: Page, answered: str) -> None:
    explore(tab, answered)
    views = tab.get_by_role("navigation", name="Views")
    for name in ("Coverage", "Profiles and tables", "Files", "Explore"):
        views.get_by_role("link", name=name, exact=True).click()
        expect(views.locator("[aria-current]")).to_have_text(name)
        expect(tab.locator(".view").get_by_role("heading").first).to_be_visible()
    tab.go_back()
    expect(views.locator("[aria-current]")).to_have_text("Files")


def test_from_home_to_a_unit_by_keyboard_alone(tab: Page, real: Deployment) -> None:
    at_home(tab, real.url)
    tab_to(tab, tab.get_by_role("button", name="Reference network"))
    tab.keyboard.press("Enter")
    tab_to(tab, tab.get_by_role("combobox", name="Reference network"))
    tab.keyboard.press("Control+a")
    tab.keyboard.type("simple_vgg")
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("#/jobs/"))
    expect(stage(tab)).to_be_visible(timeout=30_000)
    tab_to(tab, stage(tab))
    tab.keyboard.press("]")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowRight")
    expect(tab).to_have_url(re.compile(r"unit=\d+(,|%2C)\d+"))
    expect(readout(tab)).to_contain_text("px")


@pytest.mark.parametrize("view", ["explore", "coverage", "profiles", "files"])
def test_a_view_that_does_not_load_says_so(tab: Page, answered: str, view: str, watch: Watch) -> None:
    watch.allow("BLOCKED_BY_CLIENT.*/view.js")
    tab.route(f"**/js/{view}/view.js", lambda route: route.abort("blockedbyclient"))
    tab.goto(f"{answered}/{view}")
    expect(tab.get_by_role("alert")).to_contain_text("did not load")


def test_a_view_that_fails_takes_nothing_else_with_it(tab: Page, answered: str, watch: Watch) -> None:
    watch.allow("console error: .*on purpose")
    broken = "export function FilesView() { throw new Error('on purpose'); }"
    tab.route("**/js/files/view.js", lambda route: route.fulfill(body=broken, content_type="text/javascript"))
    tab.goto(f"{answered}/files")
    expect(tab.get_by_role("alert")).to_contain_text("on purpose")
    tab.get_by_role("link", name="Explore").click()
    expect(stage(tab)).to_be_visible()
