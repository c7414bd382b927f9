from rfengine.reports.verified import refuted, verdict
from tests.reports.examples import field, report, tensor, two_inputs


def test_confirmed_and_unverifiable_fields_are_counted() -> None:
    both = two_inputs(left=field([5, 5], verified="confirmed"), right=field([9, 7], verified="unverifiable"))
    found = report({"a": tensor([3, 3], verified="confirmed"), "join": both}, ["a"])
    assert verdict(found) == "2 of 2 fields confirmed on the real graph; 1 unverifiable"
    assert refuted(found) == ()


def test_refuted_fields_are_named_the_first_ten() -> None:
    wrong = {f"w{i}": tensor([3, 3], verified="refuted", status="refuted") for i in range(12)}
    found = report({"a": tensor([3, 3], verified="confirmed"), **wrong}, ["a"])
    line = verdict(found)
    assert line is not None
    assert line.startswith("1 of 13 fields confirmed on the real graph; refuted (a fault of the engine): w0, w1, ")
    assert line.endswith(", w9 and 2 more")
    assert refuted(found) == tuple(wrong)


def test_without_a_check_there_is_no_verdict() -> None:
    assert verdict(report({"a": tensor([3, 3])}, ["a"])) is None
    assert verdict(report(None, ["a"])) is None
