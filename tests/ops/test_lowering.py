"""Every operator against onnxruntime: the lowering as the engine runs it, and the folding of constants."""

from collections.abc import Iterable

import numpy as np
import pytest
import torch

from rfengine import ops
from rfengine.graph import Array
from rfengine.runtime.program import Program
from tests.ops.case import Case, graph_of, model_of
from tests.ops.cases import CASES
from tests.ops.oracles import OUTPUT, feeds_of

FOLDING = [case for case in CASES if case.operator.fold is not None and not case.operator.folds_from_shape]


def expected(case: Case, *, constant: bool = False) -> Array:
    """The output by the case's oracle."""
    model = model_of(case, constant=constant)
    return case.oracle(model, feeds_of(model, case.drawn))


def lowered(case: Case) -> Array:
    """The output by the engine's torch program."""
    feeds = feeds_of(model_of(case), case.drawn)
    with torch.inference_mode():
        outputs = Program(graph_of(case))({name: torch.from_numpy(array) for name, array in feeds.items()})
    return np.asarray(outputs[OUTPUT])


# A branch is no attribute that a table can hold: these have tests of their own, in test_control.py.
CONTROL = {"If"}


def without_a_case(operators: Iterable[ops.Operator]) -> set[tuple[str, int]]:
    """Operators, by name and version, that the table forgets."""
    known = {(case.op, case.version) for case in CASES}
    return {(o.name, v) for o in operators for v in o.versions if o.name not in CONTROL} - known


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_lowering_computes_what_the_oracle_does(case: Case):
    answer, truth = lowered(case), expected(case)
    assert answer.shape == truth.shape
    np.testing.assert_allclose(answer, truth, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("case", FOLDING, ids=str)
def test_a_folded_constant_is_what_the_oracle_computes(case: Case):
    folded, truth = graph_of(case, constant=True).constants[OUTPUT], expected(case, constant=True)
    assert folded.shape == truth.shape
    assert folded.dtype == truth.dtype
    np.testing.assert_allclose(folded, truth, rtol=1e-6)


def test_every_operator_has_a_case_in_every_version():
    assert without_a_case(ops.operators()) == set()


def test_every_operator_that_folds_is_folded_in_a_case():
    folding = {o.name for o in ops.operators() if o.fold and not o.folds_from_shape}
    assert folding == {case.op for case in FOLDING}
