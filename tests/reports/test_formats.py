"""Every form of a report: complete, and well-formed and harmless whatever a model's names are."""

import json
import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from api_schemas.advice import Advice, Checkerboard, Resolutions
from api_schemas.approximations import Approximations
from api_schemas.formats import FORMATS, FormatName
from api_schemas.job import Artifact
from api_schemas.report import Analytic, Report
from api_schemas.study_result import StudyResult
from rfengine.reports.blocks import one_line
from rfengine.reports.formats import RENDERERS, render
from rfengine.reports.junit import junit_error
from rfengine.reports.markdown import NOTHING, code, escaped
from rfengine.reports.sarif import sarif, sarif_error
from tests.coverage import examples as coverage
from tests.reports.examples import erf, tensor
from tests.reports.examples import report as plain_report
from tests.reports.hostile import with_words
from tests.reports.test_sweep import QUICK

SCHEMAS = Path(__file__).parents[1] / "data" / "schemas"
STUDY = Path(__file__).parents[2] / "docs" / "studies" / "data" / "accuracy-and-trf.json"
HOSTILE = (
    "<script>alert(1)</script>",
    "a|b\\|c\\",
    "]]><x/>",
    "`tick` ``two`` *b* _e_ ~~s~~",
    "[x](javascript:alert(1)) ![y](http://evil/z)",
    "@team see #12 GH-3 https://evil.example www.evil.example",
    "</details></summary>\n\n# heading\n- item\n\n| a | b |\n|---|---|",
    '" onload="x\' &amp; &#0;',
    "\x1b[2J\x00\x07\u202e\ufffe",
    "    indented\t- x",
    "1. one",
    "---",
    "half \ud800 a pair",
    "C:\\temp\\{0}\\%41",
)
words = st.one_of(st.sampled_from(HOSTILE), st.text(st.characters(codec=None), max_size=24))


def whole() -> Report:
    """A report with every part that is made without training."""
    said = Approximations(
        along=["a"], n=[7, 7], j=[8, 8], r=[19, 19], start=[0.5, 0.5], layer_formula=[19, 19], naive_shift=[9.0, 9.0],
        rule_of_thumb=[7.1, 7.1], clt_sigma=[3.0, 3.0], clt_two_sigma=[6.0, 6.0], clt_radius=[11.0, 11.0],
        clt_size=13.2, level=0.0012,
    )  # fmt: skip
    tensors = {"a": tensor([19, 19], 8), "b": tensor([27, 35], 8, approximations=said, verified="refuted")}
    advice = Advice(
        image=[640, 640], layers=[], border="b", unproductive=["b"], partly_unproductive=["b"], doubtful=["b"],
        resolutions=Resolutions(least=[300, 300], expanded=[400, 400], most=[700, 700]), fit="suits",
        global_context=["g"], checkerboard=[Checkerboard(tensor="b", sizes=[[1, 2]])],
    )  # fmt: skip
    return coverage.report(
        coverage.regressed(),
        targets=["b"],
        recommend=coverage.recommended(),
        analytic=Analytic(tensors=tensors),
        gradient={"b": [erf(11.7, {"0.0012": 8}, {"0.0012": 8.1})]},
        advice=advice,
        sweep=QUICK,
        study=StudyResult.model_validate_json(STUDY.read_text()),
        artifacts=(Artifact(name="sizes.png", media_type="image/png", bytes=3, sha256="0" * 64, title="sizes"),),
    )


REPORTS = {
    "whole": whole(),
    "passing": coverage.report(coverage.passing()),
    "measured": coverage.report(coverage.measured()),
    "fields": plain_report({"a": tensor([3, 3])}, ["a"]),
    "nothing": plain_report(None, []),
}


class Page(HTMLParser):
    """Tags in balance, the attributes of each, and the words."""

    VOID = ("meta", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def parsed(text: str) -> list[Token]:
    """Markdown as GitHub's dialect has it, raw HTML included."""
    return MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)


def inside(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from inside(token.children or [])


@cache
def junit_schema() -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(SCHEMAS / "junit-10.xsd")


@cache
def sarif_schema() -> jsonschema.Draft4Validator:
    return jsonschema.Draft4Validator(json.loads((SCHEMAS / "sarif-schema-2.1.0.json").read_text()))


def check_html(text: str) -> None:
    page = Page(text)
    assert page.open == []
    kinds = {tag for tag, _ in page.seen}
    assert not kinds & {"script", "link", "iframe", "a", "object", "base", "form"}
    allowed = {"class", "src", "alt", "scope", "name", "content", "charset", "lang"}
    assert {key for _, attributes in page.seen for key in attributes} <= allowed
    assert all((attributes["src"] or "").startswith("./") for tag, attributes in page.seen if tag == "img")


def check_markdown(text: str) -> None:
    tokens = list(inside(parsed(text)))
    assert not {token.type for token in tokens} & {
        "link_open", "image", "fence", "code_block", "blockquote_open", "hr", "ordered_list_open", "em_open",
        "strong_open", "s_open", "hardbreak",
    }  # fmt: skip
    ours = re.compile(r"</?(?:details|sub)>|</?details>\n<summary>[^<>]*</summary>")
    assert all(ours.fullmatch(token.content.strip()) for token in tokens if token.type.startswith("html"))
    widths: list[int] = []
    for token in tokens:
        if token.type == "tr_open":
            widths.append(0)
        if token.type in ("th_open", "td_open"):
            widths[-1] += 1
    raw = [len(re.findall(r"\|", line)) - 1 for line in text.splitlines() if line.startswith("| ")]
    # Of each table one raw line is the rule below its heads.
    assert len(widths) == len(raw) - sum(token.type == "table_open" for token in tokens)
    assert not re.search(r"@\w|\bwww\.|://|#\d|GH-\d", " ".join(t.content for t in tokens if t.type == "text"))


def check_junit(text: str) -> None:
    junit_schema().validate(text)
    suite = ElementTree.fromstring(text)[0]
    assert int(suite.get("tests", "")) == len(suite.findall("testcase")) > 0
    for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.get(kind, "0")) == len(suite.findall(f"testcase/{tag}"))


def check_sarif(text: str) -> None:
    log = json.loads(text)
    sarif_schema().validate(log)
    text.encode()
    for uri in re.findall(r'"uri": "(.*)"', text):
        assert re.fullmatch(r"(?:file://)?[A-Za-z0-9._~/%-]*", uri), uri
    (run,) = log["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


CHECKS = {
    "html": check_html,
    "markdown": check_markdown,
    "junit": check_junit,
    "sarif": check_sarif,
    "json": json.loads,
}


def test_every_format_has_a_renderer_and_a_check_and_a_name_of_its_own() -> None:
    assert set(FORMATS) == set(RENDERERS) == set(CHECKS) == set(FormatName.__args__)  # type: ignore[attr-defined]
    files = [each.file for each in FORMATS.values()]
    accepted = [kind for each in FORMATS.values() for kind in each.accepts]
    assert len(set(files)) == len(files)
    assert len(set(accepted)) == len(accepted)
    assert all(each.media_type == each.accepts[0] and each.name == key for key, each in FORMATS.items())


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("which", REPORTS)
def test_every_report_in_every_format(form: FormatName, which: str) -> None:
    text = render(form, REPORTS[which], name="detector.onnx", pictures=lambda name: f"./{name}")
    CHECKS[form](text)
    assert text == render(form, REPORTS[which], name="detector.onnx", pictures=lambda name: f"./{name}")
    assert text.endswith("\n")


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "json"])
@pytest.mark.parametrize("word", HOSTILE)
def test_hostile_names_are_words(form: FormatName, word: str) -> None:
    CHECKS[form](render(form, with_words(whole(), lambda _: word), name=word, pictures=lambda name: f"./{name}"))


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_any_words_at_all(data: st.DataObject) -> None:
    given_words = data.draw(st.lists(words, min_size=3, max_size=3))
    turn = iter(range(10**6))
    report = with_words(whole(), lambda _: given_words[next(turn) % 3])
    for form in ("html", "markdown", "junit", "sarif"):
        CHECKS[form](render(form, report, name=given_words[0], pictures=lambda name: f"./{name}"))


@given(words)
def test_escaped_words_read_as_they_were(text: str) -> None:
    for written in (escaped(text), code(text)):
        tokens = parsed(f"| a |\n| --- |\n| {written} |\n")
        cells = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "td_open"]
        assert len(cells) == 1
        said = "".join(child.content for child in cells[0].children or []).replace(NOTHING, "")
        assert said.strip() == one_line(text)


@given(words)
def test_escaped_words_are_a_paragraph_and_an_item(text: str) -> None:
    said = escaped(text)
    kinds = [token.type for token in parsed(f"{said}\n")]
    assert kinds == (["paragraph_open", "inline", "paragraph_close"] if said else [])
    item = [token.type for token in parsed(f"- {said}\n") if token.type.endswith("_open")]
    assert item == ["bullet_list_open", "list_item_open", *(["paragraph_open"] if said else [])]


@settings(max_examples=20, deadline=None)
@given(words, words)
def test_a_check_that_could_not_be_made_is_no_pass(message: str, name: str) -> None:
    text = junit_error(name, message, "bad-input")
    check_junit(text)
    assert len(ElementTree.fromstring(text).findall(".//error")) == 1
    log = sarif_error(message, "bad-input", model=name, policy=name)
    check_sarif(log)
    (run,) = json.loads(log)["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert run["results"] == []


def test_all_parts_of_the_page_are_in_markdown_and_html() -> None:
    page = " ".join(Page(render("html", whole(), name="x")).words)
    text = render("markdown", whole(), name="x")
    for said in (
        "92.4 % of 1,000 objects are covered", "P6: was there and is not", "Recommended changes", "+4.46 M (+12 %)",
        "000000397133.jpg", "Theoretical receptive fields", "Effective receptive fields", "Formulas for chains",
        "suits images of", "Trainability", "Study", "Warnings", "a fault of the engine", "detector.onnx",
    ):  # fmt: skip
        assert said in page, said
        assert said in text, said
    verdict, heads = text.index("FAIL"), text.index("Theoretical receptive fields")
    assert verdict < heads


def test_pictures_stand_where_they_are_said_to_be() -> None:
    report = whole()
    found = Page(render("html", report, name="x", pictures=lambda name: f"./at/{name}")).seen
    assert [attributes["src"] for tag, attributes in found if tag == "img"] == ["./at/sizes.png"]
    assert "img" not in {tag for tag, _ in Page(render("html", report, name="x")).seen}


def test_sarif_shows_a_failure_in_the_policy_at_its_line() -> None:
    lines = {"require": 5, "require.covered": 8, "require.bins.>=96": 11, "require.trf": 6}
    log = json.loads(sarif(whole(), model="models/a b.onnx", policy="ci/rf.yaml", lines=lines))
    check_sarif(json.dumps(log, indent=2))
    results = {result["ruleId"]: result for result in log["runs"][0]["results"]}
    places = {rule: result["locations"][0]["physicalLocation"] for rule, result in results.items()}
    assert places["covered"] == {"artifactLocation": {"uri": "ci/rf.yaml"}, "region": {"startLine": 8}}
    assert places["bin-covered"]["region"] == {"startLine": 11}
    related = results["covered"]["relatedLocations"][0]["physicalLocation"]
    assert related == {"artifactLocation": {"uri": "models/a%20b.onnx"}}
    assert {result["level"] for rule, result in results.items() if not rule.startswith("warning/")} == {"error"}
    assert results["warning/clipped"]["level"] == "warning"
    assert "refuted" in results


def test_sarif_without_a_share_of_its_own_shows_what_binds() -> None:
    log = json.loads(
        sarif(whole(), model="a.onnx", policy="rf.yaml", lines={"require": 5, "require.trf": 6, "require.stride": 7})
    )
    (covered,) = [result for result in log["runs"][0]["results"] if result["ruleId"] == "covered"]
    assert covered["locations"][0]["physicalLocation"]["region"] == {"startLine": 6}


def test_fingerprints_tell_requirements_apart_and_stay_when_figures_change() -> None:
    def prints(report: Report) -> list[str]:
        results = json.loads(sarif(report, model="a.onnx"))["runs"][0]["results"]
        return [result["partialFingerprints"]["rfengine/v1"] for result in results]

    found = prints(whole())
    assert len(set(found)) == len(found)
    failures = [each.model_copy(update={"message": "else", "has": 0.1}) for each in coverage.failing().failures]
    other = coverage.report(coverage.failing().model_copy(update={"failures": failures}))
    assert prints(other) == prints(coverage.report(coverage.failing()))
