"""What is refused, and with which words: place, value, next step."""

from typing import Any

import pytest
from pydantic import ValidationError

from api_schemas.spec import LayerSpec
from rfengine.errors import BadShape, BadSpec, LimitExceeded
from rfengine.limits import Limits
from rfengine.spec_import import compile_spec
from tests.spec.helpers import Layer, compiled, shapes, spec

IMAGE = [1, 3, 8, 8]
A = {"type": "relu", "name": "a"}
CONV = {"type": "conv", "name": "c", "channels": 4, "kernel": 3}


def _messages(data: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        LayerSpec.model_validate(data)
    return [error["msg"] for error in caught.value.errors()]


LAYERS: dict[str, tuple[list[Any], str]] = {
    "unknown type": (
        [A, {**CONV, "type": "convv"}],
        "convv 'c': unknown layer type 'convv'; did you mean 'conv'?",
    ),
    "no type": ([{"name": "x"}], "layer 'x': needs a `type`, one of: activation, add, attention, avg_pool, "),
    "type of another kind": ([{"type": ["relu"]}], "layer: needs a `type`, one of: activation, add, "),
    "no mapping": (["relu"], "expected a mapping with a `type`, got 'relu'"),
    "unknown parameter": ([{**CONV, "strid": 2}], "conv 'c': no parameter 'strid'; did you mean 'stride'?"),
    "missing parameter": ([{"type": "conv", "kernel": 3}], "conv: channels: Field required"),
    "zero kernel": (
        [{**CONV, "kernel": 0}],
        "conv 'c': kernel.0: Input should be greater than or equal to 1, got 0",
    ),
    "kernel of words": ([{**CONV, "kernel": "big"}], "conv 'c': kernel: Input should be a valid tuple, got 'big'"),
    "half a kernel": ([{**CONV, "kernel": 1.5}], "conv 'c': kernel.0: Input should be a valid integer, got 1.5"),
    "padding": ([{**CONV, "padding": "sme"}], "conv 'c': padding: 'sme' is none of: a number, one number per axis"),
    "negative padding": ([{**CONV, "padding": [[1, -1]]}], "conv 'c': padding: [[1, -1]] is none of: "),
    "too many channels": (
        [{**CONV, "channels": 10**9}],
        "conv 'c': channels: Input should be less than or equal to 65536, got 1000000000",
    ),
    "bad name": ([{**A, "name": "a b"}], "relu 'a b': name: String should match pattern"),
    "inside a repeat": (
        [{"type": "repeat", "name": "r", "times": 2, "layers": [A, {**CONV, "kernel": 0}]}],
        "repeat 'r': layers.1: conv 'c': kernel.0: Input should be greater than or equal to 1, got 0",
    ),
    "two functions": (
        [{"type": "relu", "function": "tanh"}],
        "relu: type relu with function tanh; give one of them",
    ),
    "needless alpha": (
        [{"type": "relu", "alpha": 1}],
        "relu: alpha=1.0: relu takes no alpha; only leaky_relu and elu do",
    ),
    "two sizes": ([{"type": "resize", "scale": 2, "size": 3}], "resize: give exactly one of scale and size"),
    "corners of nearest": (
        [{"type": "resize", "scale": 2, "align_corners": True}],
        "resize: align_corners=true needs mode linear",
    ),
    "pad same": (
        [{"type": "pad", "padding": "same"}],
        "pad: padding 'same' belongs to a layer with a kernel; give numbers",
    ),
    "shift of no window": (
        [{"type": "attention", "name": "t", "shift": 2}],
        "attention 't': shift [2] moves windows; give a window, or leave shift out",
    ),
    "heads": (
        [{"type": "attention", "name": "t", "heads": 0}],
        "attention 't': heads: Input should be greater than or equal to 1, got 0",
    ),
    "unknown source": (
        [{**A, "name": "stem"}, {**A, "from": "stm"}],
        "relu 'a' reads 'stm', which is no layer and no input; did you mean 'stem'?",
    ),
    "a cycle": (
        [{**A, "from": "c"}, {**CONV, "name": "b"}, {**CONV, "name": "c"}],
        "layers read each other in a cycle: a -> b -> c -> a; take one `from` out of it",
    ),
    "a cycle of one": (
        [{**A, "from": "a"}],
        "layers read each other in a cycle: a -> a; take one `from` out of it",
    ),
    "a cycle off the main path": (
        [A, {"type": "add", "name": "s", "from": ["a", "t"]}, {"type": "tanh", "name": "t"}],
        "layers read each other in a cycle: s -> t -> s; take one `from` out of it",
    ),
    "one name twice": ([A, A], "two layers are named 'a'; give each its own name"),
    "one name twice by a repeat": (
        [{**A, "name": "a_2"}, {"type": "repeat", "times": 2, "layers": [A]}],
        "two layers are named 'a_2'; give each its own name",
    ),
    "name of an input": (
        [{**A, "name": "input"}],
        "layer 'input' has the name of an input; rename one of them",
    ),
    "add of one": ([A, {"type": "add"}], "add 'add1' reads 'a' only; list 2 or more values in `from`"),
    "relu of two": (
        [A, {"type": "relu", "from": ["a", "input"]}],
        "relu 'relu1' reads 1 value, not 'a', 'input'; join them by add or concat first",
    ),
    "$in outside": ([{**A, "from": "$in"}], "relu 'a' reads '$in', which only means something inside a repeat"),
    "no layers": ([], "layers: there is none; list at least one"),
    "too many layers": (
        [{"type": "repeat", "times": 200, "layers": [{"type": "repeat", "times": 200, "layers": [A]}]}],
        "layers: 40000 after repeats, more than 10000; describe a smaller network",
    ),
}


@pytest.mark.parametrize(("layers", "message"), LAYERS.values(), ids=LAYERS)
def test_a_spec_that_is_no_graph(layers: list[Any], message: str):
    (found,) = _messages({"input": IMAGE, "layers": layers})
    assert found.startswith(message)
    assert len(found) < 600


def test_the_place_of_a_bad_layer_is_in_its_location():
    with pytest.raises(ValidationError) as caught:
        LayerSpec.model_validate({"input": IMAGE, "layers": [A, {"type": "nope"}]})
    assert caught.value.errors()[0]["loc"] == ("layers", 1)


SPECS: dict[str, tuple[dict[str, Any], str]] = {
    "no input": ({"layers": [A]}, "give exactly one of input (a shape) and inputs (a shape per name)"),
    "two inputs": ({"input": IMAGE, "inputs": {"x": IMAGE}, "layers": [A]}, "give exactly one of input"),
    "which input": (
        {"inputs": {"x": IMAGE, "y": IMAGE}, "layers": [A]},
        "relu 'a' is the first layer and there are 2 inputs; say which it reads in `from`",
    ),
    "an input without channels": ({"input": [4], "layers": [A]}, "shape [4] has no channels; give [batch, channels"),
    "an empty axis": ({"input": [1, 3, 0, 8], "layers": [A]}, "Input should be greater than or equal to 1"),
    "defaults of nothing": (
        {"input": IMAGE, "layers": [A], "defaults": {"cnv": {}}},
        "defaults: unknown layer type 'cnv'; did you mean 'conv'?",
    ),
    "defaults of no parameter": (
        {"input": IMAGE, "layers": [A], "defaults": {"conv": {"padd": 1}}},
        "defaults: conv has no parameter 'padd' to set; did you mean 'padding'?",
    ),
    "default names": (
        {"input": IMAGE, "layers": [A], "defaults": {"relu": {"name": "x"}}},
        "defaults: relu has no parameter 'name' to set; known: alpha, function",
    ),
    "unknown output": (
        {"input": IMAGE, "layers": [A], "outputs": ["b"]},
        "outputs: no layer is named 'b'; known: a",
    ),
    "one output twice": (
        {"input": IMAGE, "layers": [A], "outputs": ["a", "a"]},
        "outputs: 'a', 'a' names one layer twice; name each once",
    ),
    "unknown key": ({"input": IMAGE, "layers": [A], "layer": []}, "Extra inputs are not permitted"),
    "unknown initialiser": (
        {"input": IMAGE, "layers": [A], "init": "hee"},
        "Input tag 'hee' found using 'name' does not match any of the expected tags: 'he', 'xavier', 'orthogonal'",
    ),
}


@pytest.mark.parametrize(("data", "message"), SPECS.values(), ids=SPECS)
def test_a_spec_that_is_no_spec(data: dict[str, Any], message: str):
    (found,) = _messages(data)
    assert found.startswith(message)


def test_repeats_do_not_nest_for_ever():
    nested: Layer = A
    for _ in range(300):
        nested = {"type": "repeat", "times": 1, "layers": [nested]}
    (message,) = _messages({"input": IMAGE, "layers": [nested]})
    assert message == "layers: repeats are nested more than 8 deep; write inner ones out"


WIDE = {"type": "conv", "name": "wide", "channels": 8, "kernel": 1}
NARROW = {**CONV, "name": "narrow", "padding": "same", "from": "input"}

MISFITS: dict[str, tuple[list[Layer], str]] = {
    "add of channels": (
        [WIDE, NARROW, {"type": "add", "name": "s", "from": ["wide", "narrow"]}],
        "add 's': 'wide' [1, 8, 8, 8] and 'narrow' [1, 4, 8, 8] differ in channels (8 and 4); bring them to one shape",
    ),
    "add of sizes": (
        [WIDE, {**WIDE, "name": "half", "stride": 2}, {"type": "add", "name": "s", "from": ["wide", "half"]}],
        "add 's': 'wide' [1, 8, 8, 8] and 'half' [1, 8, 4, 4] differ in size; bring them to one shape",
    ),
    "add of ranks": (
        [{"type": "flatten", "name": "f"}, {"type": "add", "from": ["input", "f"]}],
        "add 'add1': 'input' [1, 3, 8, 8] and 'f' [1, 192] differ in rank; bring them to one shape",
    ),
    "mul": (
        [WIDE, {"type": "mul", "name": "m", "from": ["wide", "input"]}],
        "mul 'm': 'wide' [1, 8, 8, 8], 'input' [1, 3, 8, 8] do not fit; sizes along an axis must be equal or 1",
    ),
    "mul of ranks": (
        [{"type": "flatten", "name": "f"}, {"type": "mul", "name": "m", "from": ["input", "f"]}],
        "mul 'm': 'input' [1, 3, 8, 8], 'f' [1, 192] do not fit",
    ),
    "concat of sizes": (
        [{**WIDE, "stride": 2}, {"type": "concat", "name": "j", "from": ["input", "wide"]}],
        "concat 'j': 'input' [1, 3, 8, 8] and 'wide' [1, 8, 4, 4] differ outside axis 1; bring them to one size",
    ),
    "concat of an axis": (
        [A, {"type": "concat", "axis": 4, "from": ["a", "a"]}],
        "concat 'concat1': axis 4 is not in shape [1, 3, 8, 8]; use 1 to 3",
    ),
    "large kernel": (
        [{**CONV, "kernel": [3, 11], "padding": 1}],
        "conv 'c': kernel 11 spans 11 px, but the padded input has 10 along w (8 + padding 1, 1); "
        "use a smaller kernel, more padding or a larger image",
    ),
    "dilated kernel": (
        [{**CONV, "dilation": 4}],
        "conv 'c': kernel 3 with dilation 4 spans 9 px, but the padded input has 8 along h (8 + padding 0, 0)",
    ),
    "entries": (
        [{**CONV, "kernel": [3, 3, 3]}],
        "conv 'c': kernel has 3 entries, but there are 2 axes; give 1 or 2",
    ),
    "groups of inputs": (
        [{**CONV, "groups": 2}],
        "conv 'c': groups 2 do not divide its 3 input channels; use a common divisor of 3 and 4",
    ),
    "groups of outputs": (
        [{**CONV, "groups": 3}],
        "conv 'c': groups 3 do not divide its 4 output channels; use a common divisor of 3 and 4",
    ),
    "pool padding": (
        [{"type": "max_pool", "name": "p", "kernel": 2, "padding": 2}],
        "max_pool 'p': padding 2 is not below kernel 2; use a pad layer or less padding",
    ),
    "output padding": (
        [{**CONV, "type": "transposed_conv", "stride": 2, "output_padding": 2}],
        "transposed_conv 'c': output_padding 2 is not below stride 2; use less",
    ),
    "output padding with same": (
        [{**CONV, "type": "transposed_conv", "stride": 2, "output_padding": 1, "padding": "same"}],
        "transposed_conv 'c': output_padding [1, 1] with padding 'same', which sets it; leave one out",
    ),
    "nothing left": (
        [{**CONV, "type": "transposed_conv", "padding": [0, 5]}],
        "transposed_conv 'c': padding takes all of the output along w (0 px); use less",
    ),
    "linear on a map": (
        [{"type": "linear", "name": "fc", "features": 10}],
        "linear 'fc': needs flat values [batch, features], but its input 'input' has shape [1, 3, 8, 8]; "
        "put a flatten before it, or use a 1x1 conv",
    ),
    "conv on flat values": (
        [{"type": "flatten", "name": "f"}, CONV],
        "conv 'c': needs spatial axes, but its input 'f' has shape [1, 192]; put it before the layer that flattens",
    ),
    "heads of channels": (
        [{"type": "attention", "name": "t", "heads": 2}],
        "attention 't': heads 2 do not divide its 3 channels; use a divisor of 3",
    ),
    "heads of new channels": (
        [{"type": "attention", "name": "t", "channels": 10, "heads": 3}],
        "attention 't': heads 3 do not divide its 10 channels; use a divisor of 10",
    ),
    "window": (
        [{"type": "attention", "name": "t", "window": [4, 3]}],
        "attention 't': window 3 does not divide its input of 8 px along w; use a divisor of 8, or pad to 9 before it "
        "and slice after it",
    ),
    "windows": (
        [{"type": "attention", "name": "t", "window": [4, 4, 4]}],
        "attention 't': window has 3 entries, but there are 2 axes; give 1 or 2",
    ),
    "shift": (
        [{"type": "attention", "name": "t", "window": 4, "shift": [1, 4]}],
        "attention 't': shift 4 is not below window 4 along w; Swin shifts by 2",
    ),
    "attention on flat values": (
        [{"type": "flatten", "name": "f"}, {"type": "attention", "name": "t"}],
        "attention 't': needs spatial axes, but its input 'f' has shape [1, 192]; put it before",
    ),
    "softmax": (
        [{"type": "softmax", "axis": 4}],
        "softmax 'softmax1': axis 4 is not in shape [1, 3, 8, 8]; use 1 to 3",
    ),
    "resize": (
        [{"type": "resize", "name": "r", "scale": 0.1}],
        "resize 'r': scale 0.1 leaves nothing of 8 px; use a larger one",
    ),
    "reflection": (
        [{"type": "pad", "name": "p", "padding": [0, 8], "mode": "reflect"}],
        "pad 'p': reflects 8 px along w of 8; reflect fewer than that",
    ),
    "empty slice": (
        [{"type": "slice", "name": "s", "start": 8}],
        "slice 's': 8:None:1 takes nothing of axis 2 with size 8",
    ),
    "slice of axes": (
        [{"type": "slice", "name": "s", "axes": [4]}],
        "slice 's': axes [4] do not fit shape [1, 3, 8, 8]; name axes 1 and up, each once",
    ),
    "space to depth": (
        [{"type": "space_to_depth", "name": "s", "block": 3}],
        "space_to_depth 's': block 3 does not divide its input of 8 x 8 px; pad or slice it first",
    ),
    "depth to space": (
        [{"type": "depth_to_space", "name": "d", "block": 2}],
        "depth_to_space 'd': block 2 needs channels in multiples of 4, its input has 3",
    ),
}


@pytest.mark.parametrize(("layers", "message"), MISFITS.values(), ids=MISFITS)
def test_a_layer_that_does_not_fit(layers: list[Layer], message: str):
    with pytest.raises(BadSpec) as caught:
        compiled(IMAGE, *layers)
    assert str(caught.value).startswith(message)


def test_blocks_need_two_axes():
    with pytest.raises(BadSpec, match=r"space_to_depth 'space_to_depth1': works on 2 spatial axes.*\[1, 4, 8\]"):
        compiled((1, 4, 8), {"type": "space_to_depth", "block": 2})


def test_weights_are_counted_before_they_are_made():
    big = {"type": "conv", "name": "big", "channels": 65536, "kernel": 3}
    with pytest.raises(LimitExceeded, match=r"layer 'bigger': its weight \[65536, 65536, 1, 1\] makes 4,296,"):
        compiled(IMAGE, big, {**big, "name": "bigger", "kernel": 1})


def test_a_norm_of_many_channels_counts_too():
    layers = [{"type": "slice", "stop": 1}, {"type": "depthwise_conv", "name": "d", "kernel": 1, "multiplier": 65536}]
    with pytest.raises(LimitExceeded, match="layer 'd': its weight"):
        compiled([1, 65536, 2, 2], *layers)


def test_values_are_measured_before_they_are_made():
    grow = {"type": "repeat", "times": 5, "layers": [{"type": "upsample", "name": "up", "scale": 64}]}
    with pytest.raises(LimitExceeded, match=r"upsample 'up_2': bytes of its value \[1, 3, 32768, 32768\]"):
        compiled(IMAGE, grow)
    with pytest.raises(LimitExceeded, match="input 'input': bytes of its value"):
        compiled([65536] * 5, A)
    with pytest.raises(LimitExceeded, match=r"input 'input': .* the limit value_bytes=100"):
        compile_spec(spec(IMAGE, A), name="net", limits=Limits(value_bytes=100))


def test_an_input_shape_is_worked_into_same_padding():
    layer = {**CONV, "stride": 2, "padding": "same"}
    for given in ({"": (1, 3, 9, 12)}, {"input": (1, 3, 9, 12)}):
        model = compile_spec(spec(IMAGE, layer), name="net", input_shape=given)
        assert shapes(model)["c"] == (1, 4, 5, 6)
        pads = next(list(each.ints) for each in model.graph.node[0].attribute if each.name == "pads")
        assert pads == [1, 0, 1, 1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"x": (1, 3, 9, 9)}, "input_shape names 'x'; the spec's inputs are ['input']"),
        ({"": (1, 4, 9, 9)}, "input_shape of 'input' is [1, 4, 9, 9], but the spec says [1, 3, 8, 8]; keep"),
        ({"input": (1, 3, 9)}, "input_shape of 'input' is [1, 3, 9], but the spec says"),
    ],
)
def test_an_input_shape_that_does_not_fit(given: dict[str, tuple[int, ...]], message: str):
    with pytest.raises(BadShape) as caught:
        compile_spec(spec(IMAGE, A), name="net", input_shape=given)
    assert str(caught.value).startswith(message)


def test_an_input_shape_without_a_name_needs_one_spatial_input():
    data = {"inputs": {"x": IMAGE, "y": IMAGE}, "layers": [{**A, "from": "x"}]}
    with pytest.raises(BadShape, match=r"needs exactly one spatial input; the spec has \['x', 'y'\]"):
        compile_spec(LayerSpec.model_validate(data), name="net", input_shape={"": (1, 3, 8, 8)})
