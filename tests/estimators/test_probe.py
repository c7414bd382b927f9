"""The probe confirms the calculus on real graphs, and refutes it where it is made wrong."""

from dataclasses import replace

import pytest
from onnx import helper

from rfengine.calculus.concrete import Sight
from rfengine.calculus.index_map import IndexMap, compose
from rfengine.calculus.local import strided, window
from rfengine.estimators import probe as probing
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.probe import Outcome, probe, sights
from rfengine.graph import Graph
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
    assert set(found.outcomes) >= {t for node in fields.graph.nodes for t in node.outputs if t and fields.spatial(t)}


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
def test_a_wrong_field_is_refuted(wrong: IndexMap, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = fields_of(conv_chain(3, side=16))
    right = probing.sights

    def forged(graph: Graph, source: str) -> dict[str, Sight]:
        found = dict(right(graph, source))
        chain = receptive_fields(graph).by_input[source]["c1"].tracks[0]
        track = found["c2"].tracks[0]
        assert chain is not None
        assert track is not None
        forged_map = compose(wrong, chain.map)
        masks = tuple(sum(1 << p for p in forged_map.at(i).elements() if 0 <= p < 16) for i in range(16))
        tracks = (replace(track, masks=masks), *found["c2"].tracks[1:])
        return found | {"c2": replace(found["c2"], tracks=tracks)}

    monkeypatch.setattr(probing, "sights", forged)
    found = probe(fields, "x")
    assert found.outcomes["c2"] is Outcome.REFUTED
    assert "along h" in found.contradictions["c2"]
    assert found.outcomes["c1"] is Outcome.CONFIRMED


def test_a_line_in_padding_is_read_by_nobody() -> None:
    # Two convolutions at the border: the unclipped field reaches 2 px out, the pixels really read begin at 0.
    track = sights(fields_of(conv_chain(2, side=8)).graph, "x")["c2"].tracks[0]
    assert track is not None
    assert track.masks[0] == 0b111
    assert track.masks[4] == 0b1111100


def attention(window: int) -> bytes:
    """A strided convolution, self-attention inside windows of a side (the whole map: 14), a convolution."""
    import numpy as np

    node = helper.make_node
    parts = 14 // window
    nodes = [
        node("Conv", ["x", "w"], ["c"], pads=[1] * 4, strides=[2, 2]),
        node("Transpose", ["c"], ["t"], perm=[0, 2, 3, 1]),
        node("Reshape", ["t", "split"], ["r"]),
        node("Transpose", ["r"], ["p"], perm=[0, 1, 3, 2, 4, 5]),
        node("Reshape", ["p", "windows"], ["win"]),
        node("MatMul", ["win", "wq"], ["q"]),
        node("MatMul", ["win", "wk"], ["k"]),
        node("Transpose", ["k"], ["kt"], perm=[0, 2, 1]),
        node("MatMul", ["q", "kt"], ["scores"], name="scores"),
        node("Softmax", ["scores"], ["weights"], axis=-1),
        node("MatMul", ["weights", "win"], ["o"], name="mix"),
        node("Add", ["o", "win"], ["res"]),
        node("Reshape", ["res", "joined"], ["j"]),
        node("Transpose", ["j"], ["u"], perm=[0, 1, 3, 2, 4, 5]),
        node("Reshape", ["u", "map"], ["m"]),
        node("Transpose", ["m"], ["back"], perm=[0, 3, 1, 2]),
        node("Conv", ["back", "w2"], ["y"], pads=[1] * 4),
    ]
    shapes = {
        "split": [1, parts, window, parts, window, 4],
        "windows": [parts * parts, window * window, 4],
        "joined": [1, parts, parts, window, window, 4],
        "map": [1, 14, 14, 4],
    }
    constants = {
        "w": weights(4, 3, 3, 3),
        "w2": weights(2, 4, 3, 3),
        "wq": weights(4, 4),
        "wk": weights(4, 4, seed=1),
        **{name: np.asarray(shape, np.int64) for name, shape in shapes.items()},
    }
    return bytes(model(nodes, inputs={"x": [1, 3, 28, 28]}, constants=constants).SerializeToString())


def test_windowed_attention_sees_exactly_its_window() -> None:
    fields = fields_of(attention(7))
    found = probe(fields, "x")
    assert set(found.outcomes.values()) == {Outcome.CONFIRMED}
    (axes,) = fields.spatial("back").values()
    assert [axis.map.sizes for axis in axes] == [(15,) * 7, (15,) * 7]
    (axes,) = fields.spatial("y").values()
    assert [axis.map.sizes for axis in axes] == [(29, 15, 15, 15, 15, 15, 29)] * 2
    assert fields.by_input["x"]["y"].whole == ()


def test_attention_over_the_whole_map_is_context_beside_the_local_field() -> None:
    fields = fields_of(attention(14))
    assert set(fields.by_input["x"]["y"].whole) == {"scores", "mix"}
    (axes,) = fields.spatial("y").values()
    assert [axis.map.sizes for axis in axes] == [(7,), (7,)]
