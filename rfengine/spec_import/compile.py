"""The way in of layer specs: text to spec, spec to ONNX model."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import onnx
from onnx import TensorProto, helper

from api_schemas.initialisers import AnyInitialiser, Constant
from api_schemas.spec import LayerSpec
from api_schemas.spec_graph import Network
from api_schemas.spec_text import SpecError, line_at, parse_spec
from rfengine import initialisers
from rfengine.errors import BadShape, BadSpec
from rfengine.limits import DEFAULT_LIMITS, Limits
from rfengine.spec_import.layers import lowering_of
from rfengine.spec_import.site import Shape, Site
from rfengine.spec_import.weights import Weights

OPSET = 18
FLOAT_BYTES = 4
IR_VERSION = 8  # the one that came with opset 18


def load_spec(text: str) -> LayerSpec:
    """The spec that a JSON or YAML text describes.

    Raises:
        BadSpec: one line per fault, each with its line in the text, the layer, the value and the next step.
    """
    try:
        return parse_spec(text)
    except SpecError as error:
        raise BadSpec(str(error)) from None


@contextmanager
def lines_of(text: str | None) -> Iterator[None]:
    """Inside, an error about a layer of the spec that this text describes says its line; without a text none does.

    Raises:
        BadSpec: as was raised inside.
    """
    try:
        yield
    except BadSpec as error:
        line = line_at(text, error.path) if text is not None and error.path else None
        if line is None:
            raise
        raise BadSpec(f"line {line}: {error}", path=error.path) from error


def compile_spec(
    spec: LayerSpec, *, name: str, input_shape: Mapping[str, Shape] | None = None, limits: Limits = DEFAULT_LIMITS
) -> onnx.ModelProto:
    """The ONNX model (float32) of a spec; each layer's value and last node carry the layer's name.

    Weights depend on nothing but the initialiser, its seed, the layer's name and the weight's shape.

    Args:
        spec: the network.
        name: the graph's name.
        input_shape: shape per input in place of the spec's; the key '' means the only spatial input. Ask for another
            size here and not of the finished model, where SAME padding has been worked out.
        limits: caps.

    Raises:
        BadSpec: a layer does not fit its input; the message names the layer, the value and the next step.
        BadShape: `input_shape` does not fit the spec's inputs.
        BadInput: the initialiser does not fit a layer.
        LimitExceeded: a value or all weights together are too large; checked before they are made.
    """
    shapes: dict[str, Shape] = {}
    inputs = _input_shapes(spec, dict(input_shape or {}))
    for each, shape in inputs.items():
        shapes[each] = _checked(f"input '{each}'", shape, limits)
    model = helper.make_model(
        helper.make_graph([], name, [_value(each, shapes) for each in inputs], []),
        producer_name="rfengine",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    graph, network = model.graph, spec.network()
    shapes |= _lowered(network, shapes, Weights(spec.init, graph, _places(spec.init, network, shapes, limits)), limits)
    outputs = dict.fromkeys(network.outputs)
    graph.output.extend(_value(each, shapes) for each in outputs)
    graph.value_info.extend(_value(each.name, shapes) for each in network.layers if each.name not in outputs)
    return model


def _lowered(network: Network, inputs: Mapping[str, Shape], weights: Weights, limits: Limits) -> dict[str, Shape]:
    """Add every layer to the weights' graph; returns the shape per layer."""
    shapes = dict(inputs)
    for layer in network.layers:
        read = tuple(shapes[source] for source in layer.sources)
        site = Site(layer.name, layer.layer.type, layer.sources, read, weights, layer.path)
        shape = lowering_of(layer.layer)(layer.layer, site)
        shapes[layer.name] = _checked(str(layer), shape, limits)
        weights.graph.node.extend(site.nodes)
    return shapes


def _places(
    init: AnyInitialiser, network: Network, inputs: Mapping[str, Shape], limits: Limits
) -> dict[str, initialisers.Layer]:
    """The layer of every weight with its place in the network, for initialisers that need it."""
    if not initialisers.depends_on_place(init):
        return {}
    # What a layer's weights are is known once it is built: the network is built as fills first, which takes no memory.
    rehearsal = Weights(Constant(), onnx.GraphProto())
    _lowered(network, inputs, rehearsal, limits)
    return dict(zip(rehearsal.layers, initialisers.placed(rehearsal.layers.values()), strict=True))


def _input_shapes(spec: LayerSpec, given: dict[str, Shape]) -> dict[str, Shape]:
    declared = spec.input_shapes
    if "" in given:
        spatial = [each for each, shape in declared.items() if len(shape) > 2]
        if len(spatial) != 1:
            raise BadShape(f"input_shape without a name needs exactly one spatial input; the spec has {spatial}")
        given = {spatial[0]: given.pop(""), **given}
    for each, shape in given.items():
        if each not in declared:
            raise BadShape(f"input_shape names {each!r:.80}; the spec's inputs are {list(declared)}")
        if len(shape) != len(declared[each]) or shape[1] != declared[each][1]:
            raise BadShape(
                f"input_shape of '{each}' is {list(shape)}, but the spec says {list(declared[each])}; "
                "keep the number of axes and the channels"
            )
    return declared | {each: tuple(shape) for each, shape in given.items()}


def _checked(place: str, shape: Shape, limits: Limits) -> Shape:
    limits.check(f"{place}: bytes of its value {list(shape)}", FLOAT_BYTES * math.prod(shape), "value_bytes")
    return shape


def _value(name: str, shapes: dict[str, Shape]) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name])
