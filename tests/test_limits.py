"""Caps from the environment, and differences that hide in NaN."""

import numpy as np
import pytest

from rfengine.errors import BadInput, LimitExceeded
from rfengine.limits import Limits
from rfengine.runtime import parity
from rfengine.runtime.parity import ParityUnavailableError
from tests.tiny import conv_chain


def test_a_cap_is_raised_by_the_variable_that_its_message_names(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LimitExceeded, match="or raise RFENGINE_LIMIT_NODES"):
        Limits(nodes=5).check("nodes", 6, "nodes")
    monkeypatch.setenv("RFENGINE_LIMIT_NODES", "7")
    assert Limits.from_environment() == Limits(nodes=7)


@pytest.mark.parametrize("value", ["many", "0", "-1"])
def test_a_cap_that_is_no_number(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RFENGINE_LIMIT_RANK", value)
    with pytest.raises(BadInput, match="RFENGINE_LIMIT_RANK"):
        Limits.from_environment()


@pytest.mark.parametrize(
    ("ours", "theirs", "relative"), [([1, np.nan], [1, 2], 1.0), ([1, np.inf], [1, np.inf], 0.0), ([0, 0], [0, 0], 0.0)]
)
def test_a_value_that_is_finite_on_one_side_only_is_a_difference(
    ours: list[float], theirs: list[float], relative: float
) -> None:
    assert parity._differences(np.asarray(ours, float), np.asarray(theirs, float), "y")[1] == relative


def test_nothing_finite_is_no_agreement() -> None:
    from rfengine.onnx_import import import_onnx

    data = conv_chain(2, fill=float("nan"))
    with pytest.raises(ParityUnavailableError, match="not finite"):
        parity.check_parity(data, import_onnx(data).graph, ("c2",))
