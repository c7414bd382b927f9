"""ONNX's own node tests: every test of a registered operator passes, but for those that a file explains."""

import pytest

from tests.ops.node_tests import DOCUMENT, PASSED, UNREGISTERED, Tally, document, exceptions, run_all

# What onnxruntime 1.31 and the best public ONNX-to-torch converter pass of all node tests.
ONNXRUNTIME, BEST_CONVERTER = 1398, 1550


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run_all()


def test_every_test_of_a_registered_operator_passes_or_is_explained(tally: Tally) -> None:
    short = {o.name: o.reason for o in tally.outcomes if o.verdict not in (PASSED, UNREGISTERED)}
    assert {name: reason for name, reason in short.items() if name not in exceptions()} == {}


def test_no_explanation_is_out_of_date(tally: Tally) -> None:
    passed = {outcome.name for outcome in tally.outcomes if outcome.verdict == PASSED}
    known = {outcome.name for outcome in tally.outcomes}
    assert [name for name in exceptions() if name in passed or name not in known] == []


def test_the_share(tally: Tally) -> None:
    print("\n".join(tally.lines()))
    assert tally.count(PASSED) / tally.registered >= 0.995
    assert tally.count(PASSED) > max(ONNXRUNTIME, BEST_CONVERTER)


def test_the_document_is_what_the_registry_says(tally: Tally) -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(tally), "renew it with: make ops"
