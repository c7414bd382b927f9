"""Random networks: the analysis from the graph alone against running the network with poisoned rows and columns."""

from itertools import groupby

import onnx
from hypothesis import HealthCheck, event, given, note, settings

from rfengine.calculus.field import AxisField
from rfengine.estimators.analytic import receptive_fields
from rfengine.onnx_import import import_onnx
from tests.calculus.maps import elements
from tests.calculus.networks import networks
from tests.calculus.twins import SPATIAL, Concrete, concrete_pass, probe


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(networks())
def test_every_unit_of_every_map_reads_what_the_analysis_says(model: onnx.ModelProto):
    note(onnx.printer.to_text(model))
    graph = import_onnx(model.SerializeToString()).graph
    fields = receptive_fields(graph).by_input["x"]
    event(f"{min(25, len(graph.nodes)) // 5 * 5} nodes or more")
    concrete = {axis: concrete_pass(graph, axis) for axis in SPATIAL}
    for axis, other in (SPATIAL, SPATIAL[::-1]):
        for name, truth in probe(graph, axis).items():
            units = concrete[axis][name]
            # Rows are read through columns: were no column quite inside, some path might have read nothing at all.
            complete = any(unit.inside for unit in concrete[other][name])
            for unit, reads in zip(units, truth, strict=True):
                assert reads == unit.reads if complete else reads <= unit.reads, name
            field = fields[name].axes[axis]
            assert field is not None
            _agree(field, units, name)


def _agree(field: AxisField, units: list[Concrete], name: str) -> None:
    """The map of a whole axis, and its clean range, against what each unit reads on the canvas."""
    for i, unit in enumerate(units):
        said = elements(field.map, i)
        if unit.inside:
            assert said == unit.reads, (name, i)
        elif unit.padded:
            assert said >= unit.reads, (name, i)
    runs = [[i for i, _ in run] for clean, run in groupby(enumerate(units), lambda pair: pair[1].clean) if clean]
    longest = max(runs, key=len, default=[])
    assert list(range(field.clean[0], field.clean[1] + 1)) == longest, name
