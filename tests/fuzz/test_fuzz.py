"""No mutant of any model crashes the import or the fields, hangs, or takes a gibibyte; every refusal is typed."""

import os
import signal
import time
from random import Random

import onnx
import pytest

from rfengine.errors import BadModel, OperatorFailed
from tests.fuzz import judge as judge_module
from tests.fuzz.__main__ import table
from tests.fuzz.campaign import file_of, run
from tests.fuzz.corpus import families
from tests.fuzz.judge import BABBLE, CRASH, DIED, HANG, MEMORY_OUT, SUCCESS, judge
from tests.fuzz.mutations import MUTATIONS
from tests.tiny import conv_chain

SEED = 1
MUTANTS = 20_000

# Beyond this the machine is too slow or too busy for all of them; what was run must still be without a fault.
DEADLINE = 120.0


@pytest.mark.timeout(300)
def test_mutants() -> None:
    summary = run(MUTANTS, SEED, deadline=DEADLINE)
    print(table(summary))
    assert not summary.faults, table(summary)
    assert summary.verdicts[SUCCESS] > summary.mutants / 20, "the mutants are too broken to reach the operators"
    assert summary.verdicts[OperatorFailed.__name__] < summary.mutants / 200, table(summary)
    assert summary.mutants > MUTANTS / 20, "the machine is too slow to say anything"


def test_the_models_that_are_mutated_are_fine_themselves() -> None:
    for family in families():
        if family.name != "operator cases":  # those are held to onnxruntime by tests/ops
            assert {judge(data).verdict for data in family.models} == {SUCCESS}, family.name


def test_a_mutant_is_the_same_whenever_it_is_made() -> None:
    corpus = families()
    assert [file_of(corpus, 3, index) for index in range(200)] == [file_of(corpus, 3, index) for index in range(200)]


def test_every_mutation_changes_something() -> None:
    data = [model for family in families()[:2] for model in family.models[:40]]
    for mutation in dict.fromkeys(MUTATIONS):
        changed = 0
        for index, original in enumerate(data):
            model = onnx.ModelProto.FromString(original)
            mutation(model, Random(index))
            changed += model.SerializeToString() != original
        assert changed, mutation.__name__


# The watch itself.


def test_a_refusal_and_a_success_are_told_apart() -> None:
    assert judge(conv_chain(2)).verdict == SUCCESS
    assert judge(b"nonsense").verdict == BadModel.__name__


@pytest.mark.parametrize(
    ("does", "verdict"),
    [
        (lambda _: [].pop(), CRASH),
        (lambda _: time.sleep(30), HANG),
        (lambda _: bytearray(4 << 30), MEMORY_OUT),
        (lambda _: _babble(), BABBLE),
    ],
)
def test_a_fault_is_seen(monkeypatch: pytest.MonkeyPatch, does: object, verdict: str) -> None:
    monkeypatch.setattr(judge_module, "SECONDS", 0.2)
    monkeypatch.setattr(judge_module, "import_onnx", does)
    assert judge(b"").verdict == verdict


def _babble() -> None:
    raise BadModel("x" * 100_000)


def test_a_process_that_dies_costs_its_mutant_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies_of_some(data: bytes) -> judge_module.Finding:
        if len(data) % 10 == 7:
            os.kill(os.getpid(), signal.SIGSEGV)
        return judge_module.Finding(SUCCESS)

    monkeypatch.setattr("tests.fuzz.campaign.judge", dies_of_some)
    summary = run(100, SEED)
    corpus = families()
    dying = [index for index in range(100) if len(file_of(corpus, SEED, index)[1]) % 10 == 7]
    assert summary.verdicts == {SUCCESS: 100 - len(dying), DIED: len(dying)}
    assert [group.finding.place for group in summary.faults] == ["ended by SIGSEGV"]
    assert summary.faults[0].indices == tuple(dying[:8])
