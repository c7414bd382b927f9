"""`rfengine recommend`: its flags, and a run from the command line to the report."""

from pathlib import Path

import pytest
from rich.console import Console

from api_schemas.recommend import RecommendOptions
from rfengine.cli.check import Check
from rfengine.cli.recommend import Wanted, helps, options_of, run
from rfengine.errors import BadInput
from tests.coverage.recommend.detector import SIDE, detector

POLICY = f"objects: {{sizes: [10, 60], image_size: {SIDE}}}\nrequire: {{trf: 1.5}}\n"


@pytest.fixture
def files(tmp_path: Path) -> Check:
    (tmp_path / "detector.onnx").write_bytes(detector().SerializeToString())
    (tmp_path / "rf.yaml").write_text(POLICY, encoding="utf-8")
    return Check(model=str(tmp_path / "detector.onnx"), policy=str(tmp_path / "rf.yaml"), use_cache=False)


def test_flags_win_over_options() -> None:
    given = RecommendOptions(kinds=("block",), at_most=3, trials=7)
    assert options_of(given, Wanted()) == given
    found = options_of(given, Wanted(kinds="large-kernel, dilation,dilation", at_most=2, trials=9))
    assert found == RecommendOptions(kinds=("large_kernel", "dilation"), at_most=2, trials=9)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(kinds="dilatation"), r"--kinds dilatation: no such kind of change: 'dilatation'; .*dilation"),
        (Wanted(kinds=","), "--kinds: "),
        (Wanted(at_most=0), "--at-most: "),
        (Wanted(trials=10**9), "--trials: "),
    ],
)
def test_a_flag_that_does_not_fit_is_named(wanted: Wanted, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        options_of(RecommendOptions(), wanted)


def test_from_the_command_line_to_the_report(files: Check) -> None:
    report = run(files, Wanted(kinds="dilation,resolution", at_most=3), Console(quiet=True))
    assert report.coverage is not None
    assert report.coverage.verdict == "fail"
    assert report.recommend is not None
    assert [change.kind for change in report.recommend.recommendations] == ["resolution", "dilation"]
    assert helps(report)
    assert not helps(report.model_copy(update={"recommend": None}))
