"""Names, references, repeats, order and outputs."""

from hypothesis import given
from hypothesis import strategies as st

from api_schemas.spec import LayerSpec
from api_schemas.spec_graph import Network
from tests.spec.helpers import Layer, compiled, run, shapes, spec

RELU = {"type": "relu"}


def _network(*layers: Layer, **more: object) -> Network:
    return spec((1, 2, 8, 8), *layers, **more).network()


def _edges(network: Network) -> dict[str, tuple[str, ...]]:
    return {layer.name: layer.sources for layer in network.layers}


def test_a_chain_needs_no_names():
    network = _network(RELU, {"type": "tanh"}, RELU)
    assert _edges(network) == {"relu1": ("input",), "tanh1": ("relu1",), "relu2": ("tanh1",)}
    assert network.outputs == ("relu2",)


def test_a_default_name_steps_aside():
    assert list(_edges(_network(RELU, {**RELU, "name": "relu1"}))) == ["relu2", "relu1"]


def test_default_names_can_be_read():
    assert _edges(_network(RELU, RELU, {"type": "add", "from": ["relu1", "relu2"]}))["add1"] == ("relu1", "relu2")


def test_a_layer_may_be_written_before_what_it_reads():
    network = _network({**RELU, "name": "late", "from": "early"}, {**RELU, "name": "early", "from": "input"})
    assert list(_edges(network)) == ["early", "late"]
    assert network.outputs == ("late",)


def test_outputs_are_what_nobody_reads_or_what_is_asked_for():
    branches = [{**RELU, "name": "a"}, {**RELU, "name": "b", "from": "input"}]
    assert _network(*branches).outputs == ("a", "b")
    assert _network(*branches, outputs=["b"]).outputs == ("b",)


def test_an_output_may_be_read_too():
    model = compiled((1, 2, 8, 8), {**RELU, "name": "a"}, {**RELU, "name": "b"}, outputs=["b", "a"])
    assert list(run(model)) == ["b", "a"]


def test_a_repeat_chains_its_rounds():
    block = {"type": "repeat", "name": "body", "times": 2, "layers": [{**RELU, "name": "a"}, {"type": "tanh"}]}
    network = _network({**RELU, "name": "stem"}, block, {**RELU, "name": "end"}, {**RELU, "name": "x", "from": "body"})
    assert _edges(network) == {
        "stem": ("input",),
        "a_1": ("stem",),
        "tanh1": ("a_1",),
        "a_2": ("tanh1",),
        "tanh2": ("a_2",),
        "end": ("tanh2",),
        "x": ("tanh2",),
    }


def test_inside_a_repeat_names_mean_this_round():
    skip = {"type": "add", "name": "sum", "from": ["a", "$in", "stem"]}
    block = {"type": "repeat", "times": 2, "layers": [{**RELU, "name": "a"}, skip]}
    edges = _edges(_network({**RELU, "name": "stem"}, block, {**RELU, "name": "end", "from": "a_1"}))
    assert edges["sum_1"] == ("a_1", "stem", "stem")
    assert edges["sum_2"] == ("a_2", "sum_1", "stem")
    assert edges["end"] == ("a_1",)


def test_repeats_nest():
    inner = {"type": "repeat", "name": "inner", "times": 2, "layers": [{**RELU, "name": "a"}]}
    outer = {
        "type": "repeat",
        "name": "outer",
        "times": 2,
        "layers": [inner, {"type": "add", "name": "b", "from": ["inner", "$in"]}],
    }
    assert _edges(_network(outer)) == {
        "a_1_1": ("input",),
        "a_1_2": ("a_1_1",),
        "b_1": ("a_1_2", "input"),
        "a_2_1": ("b_1",),
        "a_2_2": ("a_2_1",),
        "b_2": ("a_2_2", "b_1"),
    }


def test_a_block_can_be_an_output():
    block = {"type": "repeat", "name": "body", "times": 3, "layers": [{**RELU, "name": "a"}]}
    assert _network(block, RELU, outputs=["body"]).outputs == ("a_3",)


def test_defaults_fill_what_a_layer_leaves_out():
    defaults = {"conv": {"kernel": 3, "channels": 4, "padding": "same"}}
    inner = {"type": "repeat", "times": 1, "layers": [{"type": "conv", "name": "b", "channels": 2}]}
    model = compiled((1, 2, 8, 8), {"type": "conv", "name": "a", "kernel": 5}, inner, defaults=defaults)
    assert shapes(model) == {"a": (1, 4, 8, 8), "b_1": (1, 2, 8, 8)}


def test_several_inputs_of_several_ranks():
    layers = [
        {"type": "conv", "channels": 3, "kernel": 1, "from": "left"},
        {"type": "add", "name": "sum", "from": ["conv1", "right"]},
        {"type": "linear", "name": "score", "features": 2, "from": "vector"},
    ]
    shape = [1, 3, 4, 4]
    data = {"inputs": {"left": shape, "right": shape, "vector": [1, 7]}, "layers": layers}
    assert LayerSpec.model_validate(data).network().outputs == ("sum", "score")


def test_a_network_may_be_as_deep_as_it_is_long():
    network = _network({"type": "repeat", "times": 10_000, "layers": [RELU]})
    assert len(network.layers) == 10_000
    backwards = [{**RELU, "name": f"r{i}", "from": f"r{i + 1}"} for i in range(5000)]
    assert _network(*backwards, {**RELU, "name": "r5000", "from": "input"}).layers[0].name == "r5000"


@given(st.permutations(range(8)), st.data())
def test_order_puts_sources_first_and_keeps_what_is_ordered(order: list[int], data: st.DataObject):
    """A random acyclic graph, written in a random order."""
    reads = {i: data.draw(st.lists(st.integers(0, i - 1), max_size=3)) if i else [] for i in range(8)}
    layers = [
        {"type": "concat", "name": f"n{i}", "from": ["input", "input", *(f"n{j}" for j in reads[i])]} for i in order
    ]
    placed = [layer.name for layer in _network(*layers).layers]
    assert sorted(placed) == sorted(f"n{i}" for i in range(8))
    assert all(placed.index(f"n{j}") < placed.index(f"n{i}") for i in reads for j in reads[i])
    written = [f"n{i}" for i in order]
    if all(written.index(f"n{j}") < written.index(f"n{i}") for i in reads for j in reads[i]):
        assert placed == written
