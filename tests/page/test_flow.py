"""From a network to its report: by file, by name and by text; and every way in which that ends early."""

import re

from playwright.sync_api import Page, expect

from tests.page.browser import Watch
from tests.page.networks import CHAIN, DETECTOR, detector_file
from tests.page.steps import ask_for, ask_more, at_home, choose, drop, ends, job_of, only, paste, status
from tests.service.processes import Deployment


def test_a_chosen_file_is_sent_in_sight_and_analysed(tab: Page, fake: Deployment) -> None:
    at_home(tab, fake.url)
    ask_more(tab, name="sleep:4")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 500_000}
    line = tab.context.new_cdp_session(tab)
    line.send("Network.emulateNetworkConditions", slow)
    choose(tab, "big.onnx", b"m" * 1_000_000)
    sending = tab.get_by_role("status").filter(has_text="Sending big.onnx, 1 MB")
    expect(sending).to_have_text(re.compile(r": [1-9]\d? %"))
    line.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    job = job_of(tab)
    expect(tab.get_by_role("progressbar", name="Progress")).to_be_visible()
    expect(tab.get_by_role("status").filter(has_text="Gradient")).to_have_text(re.compile(r"[1-9]\d? %"))
    ends(tab)
    expect(tab.get_by_role("progressbar")).to_have_count(0)
    assert fake.job(job)["status"] == "succeeded"


def test_an_upload_can_be_stopped(tab: Page, fake: Deployment) -> None:
    at_home(tab, fake.url)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 100_000}
    tab.context.new_cdp_session(tab).send("Network.emulateNetworkConditions", slow)
    choose(tab, "stopped.onnx", b"m" * 2_000_000)
    tab.get_by_role("button", name="Stop").click()
    expect(tab.get_by_text("Sending")).to_have_count(0)
    expect(tab.get_by_role("alert")).to_have_count(0)
    assert "#/jobs" not in tab.url


def test_a_detector_is_dropped_and_its_heads_can_be_explored_while_it_still_runs(tab: Page, real: Deployment) -> None:
    at_home(tab, real.url)
    only(tab, "Theoretical", "constant-forward")
    drop(tab, "detector.onnx", detector_file())
    job = job_of(tab)
    heads = tab.get_by_role("group", name="Heads")
    for name in ("P3", "P4", "P5"):
        expect(heads).to_contain_text(name, timeout=60_000)  # the first analysis of all loads the engine
    assert not real.job(job)["ended_at"], "it had ended before it could be explored"
    ends(tab)
    expect(tab.get_by_role("heading", level=1)).to_have_text("detector")


def test_a_reference_network_by_name(tab: Page, real: Deployment) -> None:
    at_home(tab, real.url)
    only(tab, "Theoretical")
    ask_for(tab, "two_convs")
    ends(tab)
    expect(tab.locator(".about")).to_contain_text("1×3×64×64")
    expect(tab.get_by_role("alert")).to_have_count(0)


def test_an_unknown_reference_network_is_refused_with_the_nearest(tab: Page, real: Deployment, watch: Watch) -> None:
    watch.allow("^422 POST")
    at_home(tab, real.url)
    ask_for(tab, "two_conv")
    expect(tab.get_by_role("alert")).to_contain_text("two_conv")


def test_a_pasted_spec(tab: Page, real: Deployment) -> None:
    at_home(tab, real.url)
    only(tab, "Theoretical")
    paste(tab, DETECTOR)
    ends(tab)
    expect(tab.locator(".about")).to_contain_text("1×3×128×128")


def test_a_spec_that_is_no_yaml_is_refused_with_its_line(tab: Page, site: str) -> None:
    at_home(tab, site)
    paste(tab, CHAIN + "  - {type: conv, name: second\n  kernel: 3}\n")
    expect(tab.get_by_role("alert")).to_contain_text(re.compile(r"cannot be read.*\(4:|line 5|\(5:", re.DOTALL))


def test_a_spec_that_is_no_network_is_refused_with_its_place(tab: Page, site: str, watch: Watch) -> None:
    watch.allow("^422 POST")
    at_home(tab, site)
    paste(tab, CHAIN + "  - {type: conv, name: second, channels: 2, kernle: 3}\n")
    expect(tab.get_by_role("alert")).to_contain_text(
        "spec.layers.1: conv 'second': no parameter 'kernle'; did you mean"
    )


def test_options_that_are_no_request_are_refused_before_anything_is_sent(tab: Page, site: str) -> None:
    at_home(tab, site)
    only(tab)
    ask_for(tab, "two_convs")
    expect(tab.get_by_role("alert")).to_contain_text("tick one")
    only(tab, "Theoretical")
    tab.get_by_text("More options").click()
    tab.get_by_role("textbox", name="Input shape").fill("1,3,large")
    tab.get_by_role("button", name="Analyse", exact=True).click()
    expect(tab.get_by_role("alert")).to_contain_text("1,3,large")
    tab.get_by_role("textbox", name="Input shape").fill("")
    tab.get_by_role("textbox", name="as JSON").fill("{")
    tab.get_by_role("button", name="Analyse", exact=True).click()
    expect(tab.get_by_role("alert")).to_contain_text("no JSON")


def test_a_running_job_is_canceled(tab: Page, fake: Deployment) -> None:
    at_home(tab, fake.url)
    ask_more(tab, name="sleep:60")
    choose(tab, "long.onnx", b"a model")
    expect(status(tab)).to_have_text("running")
    tab.get_by_role("button", name="Cancel").click()
    ends(tab, "canceled")
    assert fake.job(job_of(tab))["status"] == "canceled"
    expect(tab.get_by_role("button", name="Delete")).to_be_visible()


def test_a_broken_file_says_what_is_wrong_with_it(tab: Page, real: Deployment) -> None:
    at_home(tab, real.url)
    choose(tab, "broken.onnx", b"\x08\x09garbage" * 20)
    ends(tab, "failed")
    expect(tab.get_by_role("alert")).to_contain_text("does not parse as ONNX")


def test_an_engine_that_crashed_says_so(tab: Page, fake: Deployment) -> None:
    at_home(tab, fake.url)
    ask_more(tab, name="segfault")
    choose(tab, "crash.onnx", b"a model")
    ends(tab, "failed")
    expect(tab.get_by_role("alert")).to_contain_text("SIGSEGV")


def test_an_ended_job_is_deleted(tab: Page, fake: Deployment, watch: Watch) -> None:
    at_home(tab, fake.url)
    ask_more(tab, name="swift")
    choose(tab, "short lived.onnx", b"a model")
    ends(tab)
    address = tab.url
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.get_by_role("button", name="Delete").click()
    expect(tab.get_by_text("swift")).to_have_count(0)
    expect(tab.get_by_role("heading", name="Recent")).to_be_visible()
    watch.allow("^410 GET .*/jobs/")
    tab.goto(address)
    expect(tab.get_by_role("alert")).to_contain_text("deleted")
    tab.get_by_role("link", name="Back to the start").click()
    expect(tab.get_by_role("heading", name="Recent")).to_be_visible()
