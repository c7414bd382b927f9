"""Every operator's reach rule against brute force on its lowering: sound always, tight where it claims to be exact."""

import pytest

from tests.ops.case import Case
from tests.ops.cases import CASES
from tests.ops.reach import violations

# Constants and shapes are read from nothing that depends on the image.
READING = [case for case in CASES if not case.operator.folds_from_shape and case.has_data]


@pytest.mark.parametrize("case", READING, ids=str)
def test_the_rule_says_what_is_read(case: Case):
    assert violations(case) == []
