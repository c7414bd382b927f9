"""The probe confirms the calculus on real graphs, and refutes it where it is made wrong."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from onnx import helper

from rfengine.calculus.index_map import compose
from rfengine.calculus.local import strided, window
from rfengine.estimators import probe as probing
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.probe import Outcome, probe, sights
from rfengine.onnx_import import import_onnx
from tests.tiny import conv_chain, light, model, weights


def fields_of(data: bytes) -> Fields:
    return receptive_fields(import_onnx(data).graph)


@pytest.mark.parametrize("name", ["resnet50", "shufflenet", "squeezenet"])
def test_every_unit_of_every_tensor_of_a_real_model(name: str) -> None:
    fields = fields_of(light(name))
    found = probe(fields, fields.graph.inputs[0], lines=[[0, 1, 57], [111, 223]])
    assert found.contradictions == {}
    assert set(found.outcomes.values()) == {Outcome.CONFIRMED}
    assert set(found.outcomes) == {t for node in fields.graph.nodes for t in node.outputs if t and fields.spatial(t)}


def gated() -> bytes:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[0, 2, 1, 0], strides=[2, 1]),
        helper.make_node("GlobalAveragePool", ["c"], ["g"]),
        helper.make_node("Mul", ["c", "g"], ["m"]),
        helper.make_node("Resize", ["m", "", "s"], ["r"], mode="linear"),
        helper.make_node("ConvTranspose", ["r", "v"], ["y"], strides=[3, 2]),
    ]
    import numpy as np

    constants = {"w": weights(4, 3, 3, 3), "v": weights(4, 2, 2, 2), "s": np.array([1, 1, 2, 1.5], np.float32)}
    return bytes(model(nodes, inputs={"x": [1, 3, 13, 14]}, constants=constants).SerializeToString())


def test_the_local_field_behind_a_gate_is_checked() -> None:
    fields = fields_of(gated())
    found = probe(fields, "x")
    assert found.contradictions == {}
    assert {name: found.outcomes[name] for name in ("c", "m", "r", "y")} == dict.fromkeys("cmry", Outcome.CONFIRMED)


@pytest.mark.parametrize("wrong", [window(3, 2), window(5, 1, 1, 2), strided(1, 1)], ids=["stride", "wide", "shift"])
def test_a_wrong_field_is_refuted(wrong: object, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = fields_of(conv_chain(3, side=16))
    right = probing.sights

    def forged(graph: object, source: str) -> object:
        found = dict(right(graph, source))  # type: ignore[arg-type]
        chain = receptive_fields(graph).by_input[source]["c1"].axes[2]  # type: ignore[arg-type]
        assert chain is not None
        forged_map = compose(wrong, chain.map)  # type: ignore[arg-type]
        masks = tuple(sum(1 << p for p in forged_map.at(i).elements() if 0 <= p < 16) for i in range(16))
        axes = list(found["c2"].axes)
        axes[2] = replace(axes[2], masks=masks)  # type: ignore[type-var]
        return found | {"c2": replace(found["c2"], axes=tuple(axes))}

    monkeypatch.setattr(probing, "sights", forged)
    found = probe(fields, "x")
    assert found.outcomes["c2"] is Outcome.REFUTED
    assert "along h" in found.contradictions["c2"]
    assert found.outcomes["c1"] is Outcome.CONFIRMED


def test_a_line_in_padding_is_read_by_nobody() -> None:
    # Two convolutions at the border: the unclipped field reaches 2 px out, the pixels really read begin at 0.
    graph = fields_of(conv_chain(2, side=8)).graph
    axis = sights(graph, "x")["c2"].axes[2]
    assert axis is not None
    assert axis.masks[0] == 0b111
    assert axis.masks[4] == 0b1111100
    assert isinstance(graph.values, MappingProxyType)
