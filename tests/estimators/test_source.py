"""Fields relative to an intermediate tensor: seed 001's example, the probe on the part behind it, refusals."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from onnx import helper
from pydantic import ValidationError

from api_schemas.report import TensorField
from api_schemas.request import AnalyzeRequest
from rfengine.analysis import analyze
from rfengine.describe import analytic_report
from rfengine.errors import BadInput, NoSpatialInput
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.probe import Outcome, probe
from rfengine.estimators.source import fields_from
from rfengine.graph import Graph
from rfengine.onnx_import import import_onnx
from rfengine.queries import pixels_of
from tests.calculus.networks import networks
from tests.estimators.test_probe import attention
from tests.tiny import conv_chain, light, model, weights


def graph_of(data: bytes) -> Graph:
    return import_onnx(data).graph


def sizes(fields: Fields) -> dict[str, list[int]]:
    tensors = analytic_report(fields).tensors
    return {name: field.size for name, field in tensors.items() if isinstance(field, TensorField)}


def test_seed_001_in_each_layer_before() -> None:
    """RF[B(2,2)] = A(1:3, 1:3), RF[B(2,4)] = A(1:3, 3:5) along the second axis, RF[C(3,3)] = B(2:4), A(1:5); from 1."""
    graph = graph_of(conv_chain(3))  # c1, c2, c3 are the seed's A, B, C
    in_a, in_b = fields_from(graph, "c1"), fields_from(graph, "c2")
    assert pixels_of(in_a, "c2", (1, 1)) == (((0, 2),), ((0, 2),))
    assert pixels_of(in_a, "c2", (1, 3)) == (((0, 2),), ((2, 4),))
    assert pixels_of(in_b, "c3", (2, 2)) == (((1, 3),), ((1, 3),))
    assert pixels_of(in_a, "c3", (2, 2)) == (((0, 4),), ((0, 4),))
    assert sizes(in_a) == {"c2": [3, 3], "c3": [5, 5]}
    assert sizes(receptive_fields(graph)) == {"c1": [3, 3], "c2": [5, 5], "c3": [7, 7]}
    assert sizes(fields_from(graph, "x")) == sizes(receptive_fields(graph))


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(networks(), st.data())
def test_the_probe_confirms_the_part_behind_any_map(made: onnx.ModelProto, data: st.DataObject) -> None:
    graph = graph_of(made.SerializeToString())
    source = data.draw(st.sampled_from([node.outputs[0] for node in graph.nodes]))
    if source not in graph.consumers:
        with pytest.raises(BadInput, match="no tensor is made from it"):
            fields_from(graph, source)
        return
    fields = fields_from(graph, source)
    found = probe(fields, source)
    assert found.contradictions == {}
    assert set(found.outcomes.values()) <= {Outcome.CONFIRMED}


def test_a_block_of_a_residual_network() -> None:
    fields = fields_from(graph_of(light("resnet50")), "r14")
    assert fields.canvas("r14") == (56, 56)
    assert sizes(fields)["r171"] == [103, 103]
    assert set(probe(fields, "r14", lines=[[0, 31], [55]]).outcomes.values()) == {Outcome.CONFIRMED}


def test_the_axes_are_where_the_tensor_keeps_them() -> None:
    graph = graph_of(attention(7))
    channels_last = fields_from(graph, "t")
    assert channels_last.places("t", "t") == (1, 2)
    assert sizes(channels_last) == {"m": [7, 7], "back": [7, 7], "y": [14, 14]}


def generator() -> bytes:
    nodes = [
        helper.make_node("Gemm", ["z", "w"], ["g"]),
        helper.make_node("Reshape", ["g", "shape"], ["map"], name="unfold"),
        helper.make_node("ConvTranspose", ["map", "v"], ["up"], strides=[2, 2]),
        helper.make_node("Conv", ["up", "k"], ["y"], pads=[1] * 4),
    ]
    constants = {
        "w": weights(8, 64),
        "shape": np.asarray([1, 4, 4, 4], np.int64),
        "v": weights(4, 4, 2, 2),
        "k": weights(3, 4, 3, 3),
    }
    return bytes(model(nodes, inputs={"z": [1, 8]}, constants=constants).SerializeToString())


def test_a_generator_has_fields_from_its_first_map_on() -> None:
    graph = graph_of(generator())
    with pytest.raises(NoSpatialInput):
        receptive_fields(graph)
    fields = fields_from(graph, "unfold")
    assert sizes(fields) == {"up": [1, 1], "y": [2, 2]}
    assert set(probe(fields, "map").outcomes.values()) == {Outcome.CONFIRMED}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("c22", "neither a tensor nor a node .* near it: .*c"),
        ("w", "'w' is a constant"),
        ("win", r"shape \[4, 49, 4\] and is no feature map; the last feature maps before it: c, t"),
        ("y", "no tensor is made from it"),
    ],
)
def test_what_is_no_source_is_named(source: str, says: str) -> None:
    with pytest.raises(BadInput, match=says):
        fields_from(graph_of(attention(7)), source)


def test_the_report_says_what_its_figures_count(tmp_path: Path) -> None:
    report = analyze(conv_chain(3), AnalyzeRequest(source="c1", verify=True), out=tmp_path)
    assert report.analytic is not None
    assert report.analytic.source == "c1"
    assert report.targets == ["c3"]
    assert {tensor.verified for tensor in report.analytic.tensors.values() if isinstance(tensor, TensorField)} == {
        "confirmed"
    }
    assert report.advice is None
    plain = analyze(conv_chain(3), AnalyzeRequest(analyses="analytic"), out=tmp_path)
    assert plain.analytic is not None
    assert plain.analytic.source is None


def test_verify_needs_channels_first(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="'t' does not keep its spatial axes"):
        analyze(attention(7), AnalyzeRequest(source="t", verify=True), out=tmp_path)


@pytest.mark.parametrize("request_", [{"source": "c1", "analyses": "analytic,gradient"}, {"source": ""}])
def test_effective_fields_have_no_source(request_: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"gradient measures on the input image.*drop source|at least 1"):
        AnalyzeRequest.model_validate(request_)
