"""Random networks: the analysis from the graph alone against running the network with poisoned rows and columns."""

from typing import Any

import onnx
import pytest
from hypothesis import HealthCheck, Phase, event, given, note, settings

from rfengine.calculus import field, index_map
from rfengine.calculus.field import AxisField
from rfengine.calculus.local import strided, window
from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.ops import convolution, slicing
from tests.calculus.maps import elements
from tests.calculus.networks import networks
from tests.calculus.twins import SPATIAL, Concrete, concrete_pass, probe


def agree(model: onnx.ModelProto) -> None:
    """Assert that every unit of every map reads what the analysis says."""
    note(onnx.printer.to_text(model))
    graph = import_onnx(model.SerializeToString()).graph
    fields = receptive_fields(graph).by_input["x"]
    event(f"{len(graph.nodes) // 5 * 5} nodes or more")
    mirrored = any(node.attributes.get("mode") in ("reflect", "wrap") for node in graph.nodes)
    concrete = {axis: concrete_pass(graph, axis) for axis in SPATIAL}
    for axis, other in (SPATIAL, SPATIAL[::-1]):
        for name, truth in probe(graph, axis).items():
            units = concrete[axis][name]
            # Rows are read through columns: were no column quite inside, some path might have read nothing at all.
            complete = any(unit.inside for unit in concrete[other][name])
            for unit, reads in zip(units, truth, strict=True):
                assert reads == unit.reads if complete else reads <= unit.reads, name
            found = next(track for place, track in fields[name].maps(graph.shape(name)) or () if place == axis)
            _axis_agrees(found, units, name, mirrored=mirrored)


def _axis_agrees(found: AxisField, units: list[Concrete], name: str, *, mirrored: bool) -> None:
    """The map of a whole axis, and its clean range, against what each unit reads on the canvas."""
    for i, unit in enumerate(units):
        said = elements(found.map, i)
        if unit.inside:
            assert said == unit.reads, (name, i)
        elif unit.padded:
            assert said >= unit.reads, (name, i)
    clean = {i for i, unit in enumerate(units) if unit.clean}
    said_clean = set(range(found.clean[0], found.clean[1] + 1))
    # A reflecting pad shows the clean middle once more beside the border, and one range cannot say so.
    assert said_clean <= clean if mirrored else said_clean == clean, name


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(networks())
def test_every_unit_of_every_map_reads_what_the_analysis_says(model: onnx.ModelProto):
    agree(model)


def _no_phases(outer: index_map.IndexMap, inner: index_map.IndexMap) -> index_map.IndexMap:
    return index_map.index_map(*_slope(outer, inner), [index_map.compose(outer, inner).at(0)])


def _slope(outer: index_map.IndexMap, inner: index_map.IndexMap) -> tuple[int, int]:
    return round(outer.slope * inner.slope), 1


WRONG: dict[str, tuple[Any, str, Any]] = {
    "a skip path forgotten": (field, "join", lambda first, second: first),
    "one phase for all": (field, "compose", _no_phases),
    "padding off by one": (convolution, "window", lambda k, s, d, p: window(k, s, d, p + 1)),
    "crops forgotten": (slicing, "strided", lambda start, step: strided(0, step)),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_analysis_is_caught(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(*WRONG[name])
    search = settings(
        deadline=None, max_examples=150, phases=[Phase.generate], database=None, report_multiple_bugs=False
    )
    with pytest.raises(AssertionError):
        search(given(networks())(agree))()
