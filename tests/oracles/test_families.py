"""Every family compares all that is published, finds it equal, and notices every figure that is not."""

import json
import math
import statistics
import subprocess
import sys
from importlib.util import find_spec

import pytest

from rfengine.errors import BadSpec, SelfCheckFailed
from rfengine.oracles import FAMILIES, Family, compare
from rfengine.oracles.families import analytic, effective, tf_slim
from rfengine.oracles.networks import networks
from rfengine.oracles.published import published
from rfengine.oracles.registry import EXTRAS, register
from tests.oracles.altered import (
    WORDS,
    entries,
    every_effective_figure_changed,
    every_figure_changed,
    every_row_changed,
    figures,
)


@pytest.mark.parametrize("name", FAMILIES)
def test_every_figure_is_equal(name: str):
    compared = compare(FAMILIES[name])
    assert compared.skipped is None
    assert compared.findings
    assert compared.different == ()


def test_every_entry_and_key_is_compared():
    found = list(analytic.findings())
    assert len(found) == sum(map(figures, entries())) == 68
    words = [next(entry[word] for word in WORDS if word in entry) for entry in entries()]
    assert {finding.place.removesuffix("; fm0").removesuffix("; fm1") for finding in found} == set(words)
    assert set(words) == set(networks())


def test_every_changed_figure_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(analytic, "published", every_figure_changed)
    compared = compare(FAMILIES["analytic"])
    assert len(compared.different) == len(compared.findings) == 68


def test_a_key_without_a_rule_is_no_pass(monkeypatch: pytest.MonkeyPatch):
    section = {"small": [{"net": "conv3 dilation 4", "rf": 9, "colour": 3}]}
    monkeypatch.setattr(analytic, "published", lambda file: section)
    with pytest.raises(KeyError, match="colour"):
        list(analytic.findings())


def test_every_row_is_compared_and_every_changed_one_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tf_slim, "published", every_row_changed)
    compared = compare(FAMILIES["tf_slim"])
    rows = published("tf_slim_endpoints.json")["rows"]
    assert len(compared.different) == len(compared.findings) == len(rows) == 374
    at = {None: "at any size", 224: "at 224 px"}
    assert [(finding.group, finding.place) for finding in compared.findings] == [
        (f"{row['model']} {at[row['resolution']]}", row["end_point"]) for row in rows
    ]
    assert [finding.found for finding in compared.findings] == [
        (row["rf"], row["stride"], row["padding"]) for row in rows
    ]


def test_a_family_is_refused_twice_and_needs_a_known_extra():
    family = FAMILIES["analytic"]
    with pytest.raises(ValueError, match="two oracle families are named 'analytic'"):
        register(family)
    with pytest.raises(ValueError, match=r"extra 'torhc' is none of \['plots', 'torch'\]"):
        register(Family("new", "New", "nowhere", list, extra="torhc"))


def test_the_modules_of_the_extras_exist():
    assert all(find_spec(module) for module in EXTRAS.values())


def test_a_refused_network_is_our_fault():
    def refused() -> list[None]:
        raise BadSpec("layer 'c': kernel 0; use 1")

    with pytest.raises(SelfCheckFailed, match="'broken': a network of it was refused: layer 'c': kernel 0; use 1"):
        compare(Family("broken", "Broken", "nowhere", refused))


def test_no_torch_and_no_plots_are_loaded():
    code = (
        "import json, sys; from rfengine.oracles import FAMILIES, compare; compare(FAMILIES['analytic']);"
        "print(json.dumps(sorted({'torch', 'matplotlib', 'onnxruntime'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_every_effective_figure_is_compared_and_every_changed_one_is_noticed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(effective, "published", every_effective_figure_changed)
    compared = compare(FAMILIES["effective"])
    chains, depths = published("erf.json")["luo_uniform_3x3"], published("erf.json")["seed000_level"]
    rows = len(chains["rows"]) * len(chains["columns"]) + len(depths["constant_forward_radius"]["rows"]) + 2
    assert len(compared.different) == len(compared.counted) == rows == 30


def test_the_slopes_of_the_paper_stand_beside_those_of_the_uniform_chain():
    shown = [finding for finding in effective.findings() if not finding.compared]
    chains = published("erf.json")["luo_uniform_3x3"]["rows"]
    x = [math.log(layers) for layers, *_ in chains]
    for finding, paper, sizes in zip(
        shown, (0.56, -0.43), ([row[4] for row in chains], [row[4] / row[1] for row in chains]), strict=True
    ):
        slope = statistics.linear_regression(x, list(map(math.log, sizes))).slope
        assert (finding.expected, finding.found) == (paper, pytest.approx(slope, abs=1e-5))
