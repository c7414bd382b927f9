"""Texts that are no study: the line, the place, the value and the next step."""

from pathlib import Path

import pytest

from rfengine.errors import BadInput
from rfengine.studies.library import load_study
from tests.studies.examples import TEXT


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('times: "{depth}"', "times: {depth}", r'line 10: networks\[0\].*times: .*write "\{depth\}" with quotes'),
        ('type: "{function}"', 'type: "{functoin}"', r"line 11: .*\{functoin\} has no value; did you mean 'function'"),
        ("function: relu}}", "function: relo}}", r"line 11: networks\[0\]\.spec\.layers.*'relo'; did you mean 'relu'"),
        ("channels: 4", "chanels: 4", r"line 11: .*no parameter 'chanels'; did you mean 'channels'"),
        ("weights: he", "weights: hee", r"line 13: options\.policy\.weights: .*'hee'"),
        ("images: 1", "image: 1", r"line 13: options\.image: Extra inputs are not permitted, got 1"),
        ("erf: luo_size", "erf: luosize", r"line 18: measures\.erf: no figure 'luosize'; did you mean 'luo_size'"),
        ("y: erf, pub", "y: urf, pub", r"line 19: fits\[0\]\.y: no column 'urf'; did you mean 'erf'"),
        ("{x: depth, y: erf, x_scale", "{x: deep, y: erf, x_scale", r"line 20: figures\[0\]\.x: no column 'deep'"),
        ("erf: {title", "eff: {title", r"line 21: columns: no column 'eff'"),
        ("name: one constant", "name: ReLU", r"line 16: series: two are called 'ReLU'"),
        ("depth: [2, 4]", "seed: [2, 4]", r"line 4: networks\[0\].*'seed' is the run's own"),
        ("erf: luo_size", "depth: luo_size", r"measures: 'depth' is a parameter too; rename one"),
        ("share: {of: luo_size, per: trf}", "share: given.acc", r"measures\.share: no parameter 'acc'; known: depth"),
        ("seeds: 3", "seeds: 0", r"line 14: .*greater than or equal to 1"),
        ("images: 1", "inputs: given", r"options\.inputs: no images come with a study"),
        ("images: 1", "units: [centre, edge]", r"options\.units: a study measures one unit a run"),
        ("seeds: 3", "seeds: 10000\nestimater: gradient", r"line 15: estimater: no such key; did you mean 'estimator'"),
        ("title: Growth", "title: Growth\ntitle: Again", r"line 3: key 'title' is given twice"),
    ],
)
def test_every_fault_has_its_line_and_its_place(old: str, new: str, says: str, tmp_path: Path) -> None:
    assert old in TEXT
    path = tmp_path / "bad.yaml"
    path.write_text(TEXT.replace(old, new))
    with pytest.raises(BadInput, match=says):
        load_study(str(path))


def test_a_network_of_the_zoo_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "zoo.yaml"
    network = 'networks: [{zoo: "nopol-{depth}", grid: {depth: [2]}}]'
    path.write_text(f"title: zoo\n{network}\nmeasures: {{trf: trf}}\nestimator: analytic\n")
    with pytest.raises(BadInput, match=r"line 2: networks\[0\]\.zoo: no zoo network is named 'nopol-2'; .*'nopool-8'"):
        load_study(str(path))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("luo-grwth", "no study is named 'luo-grwth'; did you mean 'luo-growth'"),
        ("missing.yaml", r"missing\.yaml: no such file; give a study .*luo-growth"),
    ],
)
def test_a_name_that_is_no_studys(name: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        load_study(name)


def test_more_runs_than_anybody_wants(tmp_path: Path) -> None:
    path = tmp_path / "many.yaml"
    values = list(range(1, 21))
    path.write_text(TEXT.replace("depth: [2, 4]", f"depth: {values}").replace("seeds: 3", "seeds: 10000"))
    with pytest.raises(BadInput, match=r"seeds: 400,000 runs, more than 100,000"):
        load_study(str(path))
