from xml.etree import ElementTree

from api_schemas.coverage import CoverageResult, Failure
from api_schemas.report import Report
from rfengine.reports.coverage_words import every_failure
from rfengine.reports.junit import junit
from rfengine.reports.junit_cases import cases
from tests.coverage import examples as coverage
from tests.reports.examples import field, report, tensor, two_inputs


def outcomes(result: CoverageResult) -> dict[tuple[str, str], str]:
    return {
        (case.group, case.name): "fail" if case.failures else "skipped" if case.skipped else "pass"
        for case in cases(coverage.report(result))
    }


def test_a_case_per_requirement() -> None:
    clipped = coverage.failing()
    heads = [each.model_copy(update={"require": each.require | {"clipped": 0.5}}) for each in clipped.heads]
    assert outcomes(clipped.model_copy(update={"heads": heads})) == {
        ("coverage", "all objects"): "fail",
        ("coverage", "head P3"): "fail",
        ("coverage", "clipping of head P3"): "pass",
        ("coverage", "head P4"): "pass",
        ("coverage", "clipping of head P4"): "pass",
        ("coverage", "head P5"): "fail",
        ("coverage", "clipping of head P5"): "fail",
        ("coverage", "bin >=96"): "fail",
    }


def test_a_head_without_objects_is_skipped_and_one_that_falls_short_fails() -> None:
    assert outcomes(coverage.measured()) == {
        ("coverage", "all objects"): "pass",
        ("coverage", "head P3"): "fail",
        ("coverage", "head P4"): "skipped",
    }


def test_the_baseline_has_cases_of_its_own() -> None:
    found = {name: what for (group, name), what in outcomes(coverage.regressed()).items() if group == "baseline"}
    assert found == {"all objects": "fail", "head P3": "pass", "head P4": "pass", "head P5": "fail", "head P6": "fail"}


def test_no_failure_is_lost_and_none_is_said_twice() -> None:
    stray = Failure(code="bin-covered", message="a bin that nobody knows", bin="?")
    result = coverage.regressed()
    result = result.model_copy(update={"failures": [*result.failures, stray]})
    # A head that covers less than is required of all fails with the whole, with figures in place of words of its own.
    found = cases(coverage.report(result))
    said = [message for case in found for _, message in case.failures if message != case.figures]
    assert sorted(said) == sorted(each.message for each in every_failure(result))
    assert len(said) == 7


def test_regressions_count_where_only_the_comparison_has_them() -> None:
    result = coverage.regressed()
    result = result.model_copy(update={"failures": []})
    assert outcomes(result)["baseline", "head P5"] == "fail"


def test_a_verdict_without_a_reason_is_still_no_pass() -> None:
    result = coverage.passing().model_copy(update={"verdict": "fail"})
    assert "fail" in outcomes(result).values()
    assert "fail" not in outcomes(coverage.passing()).values()


def test_the_file_says_message_figures_and_what_was_checked() -> None:
    suite = ElementTree.fromstring(junit(coverage.report(coverage.failing()), name="detector"))[0]
    assert suite.get("name") == "detector"
    case = suite.find("testcase[@name='bin >=96']")
    assert case is not None
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("type") == "bin-covered"
    assert "P5 sees 443 px" in failure.get("message", "")
    assert case.findtext("system-out") == "72.1 % of 247 objects are covered; 95 % are required"
    properties = {each.get("name"): each.get("value") for each in suite.iter("property")}
    assert properties["policy"] == "street scenes"
    assert suite.findtext("system-err") == "clipped: P5: 91 % of its units touch padding"


def names(of: Report) -> list[tuple[str, bool]]:
    return [(case.name, bool(case.failures)) for case in cases(of)]


def test_without_a_check_every_target_is_a_case() -> None:
    both = two_inputs(left=field([5, 5]), right=field([9, 7], 2, verified="refuted"))
    tensors = {"a": tensor([3, 3]), "b": tensor([5, 5], status="refuted"), "join": both}
    assert names(report(tensors, ["b", "join"])) == [("b", True), ("join ← left", False), ("join ← right", True)]
    assert names(report(tensors, ["a", "gone"])) == [("a", False), ("gone", False)]
    assert names(report(None, [])) == [("analysis", False)]
