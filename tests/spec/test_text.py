"""JSON and YAML: the same spec from both, there and back, and the line of every fault."""

import json
import string
from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from api_schemas import spec as spec_module
from api_schemas.spec import LayerSpec
from api_schemas.spec_text import MAX_TEXT
from rfengine.errors import BadSpec
from rfengine.spec_import import compile_spec, load_spec
from tests.spec.cases import CASES, Case

YAML = """\
# a residual network
input: [1, 3, 64, 64]
defaults:
  conv: {kernel: 3, padding: same, bias: false}
layers:
  - {type: conv, name: stem, channels: 16, stride: 2}
  - type: repeat
    name: body
    times: 4
    layers:
      - {type: conv, name: a, channels: 16}
      - type: relu
      - {type: conv, name: b, channels: 16}
      - {type: add, name: sum, from: [b, $in]}
  - {type: conv, name: head, channels: 2, kernel: 1}
"""


def _refusal(text: str) -> str:
    with pytest.raises(BadSpec) as caught:
        load_spec(text)
    return str(caught.value)


def test_yaml_and_json_say_the_same():
    assert load_spec(YAML) == load_spec(json.dumps(yaml.safe_load(YAML)))
    assert load_spec(YAML) == load_spec("\ufeff" + json.dumps(yaml.safe_load(YAML), indent="\t"))


def test_a_spec_survives_json():
    first = load_spec(YAML)
    again = load_spec(first.model_dump_json())
    assert again == first
    assert again.model_dump_json() == first.model_dump_json()
    assert LayerSpec.model_validate(first.model_dump()) == first


@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_layer_survives_json(case: Case):
    spec = LayerSpec.model_validate({"input": case.shape, "layers": [case.layer]})
    assert LayerSpec.model_validate_json(spec.model_dump_json()) == spec
    dumped = json.loads(spec.model_dump_json())["layers"][0]
    assert "from" in dumped
    assert "from_" not in dumped


def test_every_spelling_of_a_pair_is_one():
    layers = [
        {"type": "conv", "channels": 1, "kernel": 3, "padding": padding}
        for padding in (1, [1], [[1, 1]], "valid", 0, "same", [1, 2], [[1, 2], 3])
    ]
    found = [layer.padding for layer in LayerSpec.model_validate({"input": [1, 1, 9, 9], "layers": layers}).layers]
    one, none = ((1, 1),), ((0, 0),)
    assert found == [one, one, one, none, none, "same", ((1, 1), (2, 2)), ((1, 2), (3, 3))]


def test_a_spec_is_frozen():
    with pytest.raises(ValidationError, match="frozen"):
        load_spec(YAML).layers = ()


def test_the_schema_tells_what_may_be_written():
    schema = LayerSpec.model_json_schema()
    assert schema["properties"].keys() == {"input", "inputs", "defaults", "layers", "outputs", "init"}
    assert {"Conv", "Repeat", "SqueezeExcite"} <= schema["$defs"].keys()
    assert "same" in json.dumps(schema["$defs"]["Conv"]["properties"]["padding"])
    assert "from" in schema["$defs"]["Conv"]["properties"]


HEAD = "input: [1, 3, 8, 8]\nlayers:\n"
FAULTS = {
    "a field": (
        HEAD + "  - type: conv\n    name: c1\n    channels: 4\n    kernel: 0\n",
        "line 6: layers[0]: conv 'c1': kernel.0: Input should be greater than or equal to 1, got 0",
    ),
    "a flow field": (
        HEAD + "  - {type: relu}\n  - {type: conv, name: c1, channels: 4}\n",
        "line 4: layers[1]: conv 'c1': kernel: Field required",
    ),
    "an unknown type": (
        HEAD + "  - type: relu\n  - name: x\n    type: convv\n",
        "line 4: layers[1]: convv 'x': unknown layer type 'convv'; did you mean 'conv'?",
    ),
    "an unknown parameter": (
        HEAD + "  - type: relu\n    name: x\n    alfa: 3\n",
        "line 5: layers[0]: relu 'x': no parameter 'alfa'; did you mean 'alpha'?",
    ),
    "inside a repeat": (
        HEAD
        + "  - type: repeat\n    times: 2\n    layers:\n      - type: relu\n      - type: conv\n        kernel: x\n",
        "line 8: layers[0]: repeat: layers.1: conv: kernel: Input should be a valid tuple, got 'x'",
    ),
    "a reference": (
        HEAD + "  - type: relu\n    name: stem\n  - type: relu\n    from: stm\n",
        "line 5: relu 'relu1' reads 'stm', which is no layer and no input; did you mean 'stem'?",
    ),
    "a reference inside a repeat": (
        HEAD + "  - type: repeat\n    times: 2\n    layers:\n      - {type: relu, from: stm}\n",
        "line 6: relu 'relu1' reads 'stm', which is no layer and no input; known: input, relu1, relu2",
    ),
    "a cycle": (
        HEAD + "  - {type: relu, name: a, from: b}\n  - {type: relu, name: b}\n",
        "line 3: layers read each other in a cycle: a -> b -> a; take one `from` out of it",
    ),
    "defaults": (
        HEAD + "  - {type: relu}\ndefaults:\n  relu: {}\n  cnv: {}\n",
        "line 6: defaults: unknown layer type 'cnv'; did you mean 'conv'?",
    ),
    "an input": (
        "input: [1,\n  0]\nlayers: [{type: relu}]\n",
        "line 2: input[1]: Input should be greater than or equal to 1, got 0",
    ),
    "an alias": (
        HEAD + "  - &x {type: relu}\n  - *x\n",
        "line 4: YAML aliases are not read; use defaults or repeat",
    ),
    "a doubled key": (HEAD + "  - {type: relu,\n     type: tanh}\n", "line 4: key 'type' is given twice; keep one"),
    "a key that is a list": ("? [a]\n: 1\n", "line 1: a key must be a plain word"),
    "a tag": ("input: !!python/object:os.system x\n", "line 1: not valid YAML: could not determine a constructor"),
    "an open bracket": ("input: [1, 3\nlayers: []\n", "line 2: not valid YAML: expected ',' or ']', but got ':'"),
    "a control character": ("input: \x00", "not valid YAML: unacceptable character #x0000"),
    "an impossible date": ("input: 2024-13-45\n", "not valid YAML: month must be in 1..12"),
    "JSON with a doubled comma": ('{"input": 1,\n,}', "line 2: not valid JSON: Expecting property name"),
    "JSON with a doubled key": (
        '{"input": [1, 1], "input": [1, 2]}',
        "{\"input\": [1, 2]}: key 'input' is given twice",
    ),
    "a JSON layer": (
        '{"input": [1, 3, 8, 8],\n\t"layers": [\n\t\t{"type": "relu"},\n\t\t{"type": "rleu"}]}',
        "line 4: layers[1]: rleu: unknown layer type 'rleu'; did you mean 'relu'",
    ),
    "a list": ("- type: relu\n", "expected a mapping with `input` and `layers`, got [{'type': 'relu'}]"),
    "nothing": ("", "expected a mapping with `input` and `layers`, got None"),
    "a word": ("hello", "expected a mapping with `input` and `layers`, got 'hello'"),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault_names_its_line(text: str, message: str):
    assert _refusal(text).splitlines()[0].startswith(message)


def test_many_faults_are_summed_up():
    text = HEAD + "".join(f"  - {{type: relux, name: r{i}}}\n" for i in range(20))
    lines = _refusal(text).splitlines()
    assert len(lines) == 6
    assert lines[-1] == "and 15 more"


@pytest.mark.parametrize("text", ["[" * 50_000, '{"a":' * 50_000, HEAD + "  - " * 5000], ids=["list", "json", "yaml"])
def test_deep_nesting_is_an_error_and_no_crash(text: str):
    assert _refusal(text)


def test_a_long_text_is_refused_unread():
    assert "more than 4194304" in _refusal(" " * (MAX_TEXT + 1))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(string.printable, max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
_KEYS = st.sampled_from(["type", "name", "from", "kernel", "padding", "channels", "times", "layers", "scale"])
_TYPES = st.sampled_from(["conv", "relu", "repeat", "add", "resize", "slice", "pad"])
_LAYERS = st.dictionaries(_KEYS, _JSON, max_size=5).flatmap(
    lambda layer: _TYPES.map(lambda kind: {**layer, "type": kind}) | st.just(layer)
)


@settings(deadline=None, max_examples=200)
@given(st.lists(_LAYERS | _JSON, max_size=4), _JSON, _JSON)
def test_any_json_is_a_spec_or_a_readable_refusal(layers: list[Any], defaults: Any, init: Any):
    data = {"input": [1, 3, 8, 8], "layers": layers, "defaults": defaults, "init": init}
    _is_read_or_refused(json.dumps(data))


@settings(deadline=None, max_examples=200)
@given(st.text(string.printable, max_size=60))
def test_any_text_is_a_spec_or_a_readable_refusal(text: str):
    _is_read_or_refused(text)


def _is_read_or_refused(text: str) -> None:
    """No other exception, and no silence."""
    with suppress(BadSpec):
        assert isinstance(load_spec(text), LayerSpec)


def test_the_documentations_example_is_a_network():
    example = spec_module.__doc__.split("\n\n")[1]
    model = compile_spec(load_spec(example), name="example")
    assert [output.name for output in model.graph.output] == ["head"]
