"""Mutations of a model: each changes one thing in the protobuf, or in the bytes, in a way that a hostile file might."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

import onnx
from google.protobuf.message import DecodeError, EncodeError
from onnx import AttributeProto, TensorProto, helper

from rfengine import ops

Mutation = Callable[[onnx.ModelProto, Random], None]
T = TypeVar("T")

# Sizes near every edge that code has: zero, sign, small canvases, 32 and 64 bits.
NUMBERS = (
    *(0, 1, -1, 2, -2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 64, 100, 255, 257, 1000, 4097),
    *(10**6, 1 << 24, (1 << 31) - 1, 1 << 31, -(1 << 31), 1 << 32, 10**12, (1 << 62) + 1, (1 << 63) - 1, -(1 << 63)),
)
FLOATS = (0.0, -0.0, 1.0, -1.0, 0.5, 1e-45, 1e38, 0.1, 2.0, 1.9, float("inf"), float("-inf"), float("nan"))
TEXTS = (b"", b"SAME_UPPER", b"NOTSET", b"cubic", b"linear", b"nearest", b"reflect", b"\xff\xfe", b"x" * 5000, b"\x00")
OPERATORS = tuple(sorted({(o.domain, o.name) for o in ops.operators()}))


def mutant(original: bytes, random: Random) -> bytes:
    """One to four mutations of a model, as a file."""
    if random.random() < 0.12:
        return _bytes(original, random)
    model = onnx.ModelProto.FromString(original)
    for _ in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        random.choice(MUTATIONS)(model, random)
    try:
        data = bytes(model.SerializeToString())
    except EncodeError:
        return original
    return _bytes(data, random) if random.random() < 0.05 else data


def _bytes(data: bytes, random: Random) -> bytes:
    """Raw mutations: what a broken disk or a careful enemy does."""
    found = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        place = random.randrange(len(found)) if found else 0
        match random.randrange(6):
            case 0:
                found[place : place + 1] = bytes([random.randrange(256)])
            case 1:
                found[place : place + 1] = bytes([found[place] ^ (1 << random.randrange(8))]) if found else b""
            case 2:
                del found[place : place + random.randrange(1, 9)]
            case 3:
                found[place:place] = random.randbytes(random.randrange(1, 9))
            case 4:
                other = random.randrange(len(found)) if found else 0
                found[place:place] = found[other : other + random.randrange(1, 64)]
            case 5:
                del found[place:]
    return bytes(found)


def _pick(items: Sequence[T], random: Random) -> T | None:
    return items[random.randrange(len(items))] if len(items) else None


def _graph(model: onnx.ModelProto, random: Random) -> onnx.GraphProto:
    """Mostly the main graph, else one inside it."""
    inner = [a.g for node in model.graph.node for a in node.attribute if a.HasField("g")]
    found = _pick(inner, random) if random.random() < 0.5 else None
    return found if found is not None else model.graph


def _node(model: onnx.ModelProto, random: Random) -> onnx.NodeProto | None:
    """A node of the graph, of an inner graph or of a function."""
    if len(model.functions) and random.random() < 0.5:
        return _pick(model.functions[random.randrange(len(model.functions))].node, random)
    return _pick(_graph(model, random).node, random)


def _attribute(model: onnx.ModelProto, random: Random) -> AttributeProto | None:
    node = _node(model, random)
    return None if node is None else _pick(node.attribute, random)


def _name(model: onnx.ModelProto, random: Random) -> str:
    """A name that some value has."""
    graph = model.graph
    names = [n for node in graph.node for n in (*node.input, *node.output)] + [t.name for t in graph.initializer]
    return random.choice([*names, "", "nowhere"])


def _number(random: Random) -> int:
    return random.choice(NUMBERS) if random.random() < 0.8 else random.randrange(-20, 40)


def attribute_value(model: onnx.ModelProto, random: Random) -> None:
    """Another number or text in an attribute."""
    attribute = _attribute(model, random)
    if attribute is None:
        return
    match attribute.type:
        case AttributeProto.INT:
            attribute.i = _number(random)
        case AttributeProto.FLOAT:
            attribute.f = random.choice(FLOATS)
        case AttributeProto.STRING:
            attribute.s = random.choice(TEXTS)
        case AttributeProto.INTS if len(attribute.ints):
            attribute.ints[random.randrange(len(attribute.ints))] = _number(random)
        case AttributeProto.FLOATS if len(attribute.floats):
            attribute.floats[random.randrange(len(attribute.floats))] = random.choice(FLOATS)
        case AttributeProto.TENSOR:
            _spoil(attribute.t, random)


def attribute_length(model: onnx.ModelProto, random: Random) -> None:
    """A list that is longer, shorter or empty."""
    attribute = _attribute(model, random)
    if attribute is None:
        return
    numbers: Any
    for numbers in (attribute.ints, attribute.floats):
        if len(numbers):
            kept = list(numbers)
            del numbers[:]
            numbers.extend(random.choice(([], kept[:-1], kept + kept, [*kept, kept[0]], kept * 50)))


def attribute_type(model: onnx.ModelProto, random: Random) -> None:
    """Another type: consistent with its content, or a lie."""
    attribute = _attribute(model, random)
    if attribute is None:
        return
    name = attribute.name
    if random.random() < 0.3:
        kinds: list[Any] = list(AttributeProto.AttributeType.values())
        attribute.type = random.choice(kinds)
        return
    value: Any = random.choice(
        [_number(random), [_number(random)] * 3, 1.5, [0.5, 2.0], "text", ["a", "b"], _tensor(random)]
    )
    attribute.CopyFrom(helper.make_attribute(name, value))


def attribute_gone(model: onnx.ModelProto, random: Random) -> None:
    """An attribute left out, doubled, renamed or made a reference."""
    node = _node(model, random)
    attribute = None if node is None else _pick(node.attribute, random)
    if node is None or attribute is None:
        return
    match random.randrange(4):
        case 0:
            node.attribute.remove(attribute)
        case 1:
            node.attribute.add().CopyFrom(attribute)
        case 2:
            attribute.name = random.choice(("", "axis", "pads", "kernel_shape", "n" * 3000, "value"))
        case 3:
            attribute.ref_attr_name = "slope"


def attribute_added(model: onnx.ModelProto, random: Random) -> None:
    """An attribute that the operator has, or does not, with any value."""
    node = _node(model, random)
    if node is None:
        return
    try:
        known = list(onnx.defs.get_schema(node.op_type, 17, node.domain).attributes.items())
    except onnx.defs.SchemaError:
        known = []
    name, schema = random.choice([*known, ("made_up", None)])
    kind = str(schema.type).rpartition(".")[2] if schema is not None else random.choice(("INT", "INTS"))
    values: dict[str, Any] = {
        "INT": _number(random),
        "FLOAT": random.choice(FLOATS),
        "INTS": [_number(random) for _ in range(random.randrange(1, 6))],
        "FLOATS": [random.choice(FLOATS) for _ in range(random.randrange(1, 5))],
        "STRING": random.choice(TEXTS),
        "TENSOR": _tensor(random),
    }
    if kind in values:
        for old in [a for a in node.attribute if a.name == name]:
            node.attribute.remove(old)
        node.attribute.append(helper.make_attribute(name, values[kind]))


def edge(model: onnx.ModelProto, random: Random) -> None:
    """An input that is another value, absent, doubled or gone."""
    node = _node(model, random)
    if node is None:
        return
    match random.randrange(5):
        case 0 if len(node.input):
            node.input[random.randrange(len(node.input))] = _name(model, random)
        case 1 if len(node.input):
            node.input.pop(random.randrange(len(node.input)))
        case 2:
            node.input.append(_name(model, random))
        case 3 if len(node.input):
            node.input[:] = list(node.input) * random.choice((2, 3, 40))
        case 4:
            kept = list(node.input)
            random.shuffle(kept)
            node.input[:] = kept


def made(model: onnx.ModelProto, random: Random) -> None:
    """An output with another name, absent, doubled or gone."""
    node = _node(model, random)
    if node is None:
        return
    match random.randrange(4):
        case 0 if len(node.output):
            node.output[random.randrange(len(node.output))] = _name(model, random)
        case 1 if len(node.output):
            node.output.pop()
        case 2:
            node.output.append(random.choice(("", "extra", _name(model, random))))
        case 3 if len(node.output):
            node.output[0] = ""


def nodes(model: onnx.ModelProto, random: Random) -> None:
    """Nodes deleted, doubled, swapped or moved."""
    graph = _graph(model, random)
    if not len(graph.node):
        return
    kept = list(graph.node)
    first, second = random.randrange(len(kept)), random.randrange(len(kept))
    match random.randrange(4):
        case 0:
            del kept[first]
        case 1:
            kept.insert(second, kept[first])
        case 2:
            kept[first], kept[second] = kept[second], kept[first]
        case 3:
            kept.insert(second, kept.pop(first))
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in kept]
    del graph.node[:]
    graph.node.extend(copies)


def operator(model: onnx.ModelProto, random: Random) -> None:
    """Another operator on the same inputs."""
    node = _node(model, random)
    if node is not None:
        node.domain, node.op_type = random.choice((*OPERATORS, ("", "Loop"), ("acme", "Block"), ("", "")))


def inserted(model: onnx.ModelProto, random: Random) -> None:
    """A new node of any operator, fed with values at hand, in front of a node that reads it instead."""
    graph = model.graph
    domain, op = random.choice(OPERATORS)
    inputs = [_name(model, random) for _ in range(random.choice((1, 1, 2, 2, 3, 5)))]
    new = helper.make_node(op, inputs, ["fresh"], domain=domain)
    graph.node.insert(random.randrange(len(graph.node) + 1), new)
    reader = _pick(graph.node, random)
    if reader is not None and len(reader.input) and reader.op_type != op:
        reader.input[0] = "fresh"


def input_shape(model: onnx.ModelProto, random: Random) -> None:
    """An input with other dimensions, another rank or type, or no tensor at all."""
    value = _pick(model.graph.input, random)
    if value is None:
        return
    kind = value.type.tensor_type
    match random.randrange(7):
        case 0 | 1 if len(kind.shape.dim):
            kind.shape.dim[random.randrange(len(kind.shape.dim))].dim_value = _number(random)
        case 2 if len(kind.shape.dim):
            kind.shape.dim[random.randrange(len(kind.shape.dim))].dim_param = random.choice(("n", "", "x" * 300))
        case 3:
            kind.shape.dim.add().dim_value = random.choice((1, 2, 7))
        case 4 if len(kind.shape.dim):
            kind.shape.dim.pop()
        case 5:
            kind.elem_type = random.choice((0, 1, 7, 8, 9, 10, 16, 17, 23, 99, -1, (1 << 31) - 1))
        case 6:
            random.choice((kind.ClearField, value.type.sequence_type.elem_type.tensor_type.ClearField))("shape")


def stored(model: onnx.ModelProto, random: Random) -> None:
    """A stored tensor with other values, dimensions, type or length."""
    tensor = _pick(model.graph.initializer, random)
    if tensor is not None:
        _spoil(tensor, random)


def ends(model: onnx.ModelProto, random: Random) -> None:
    """Inputs, outputs and initializers lost, doubled, renamed or sparse."""
    graph = model.graph
    which = random.choice((graph.input, graph.output, graph.initializer))
    match random.randrange(4):
        case 0 if len(which):
            del which[random.randrange(len(which))]
        case 1 if len(which):
            which.add().CopyFrom(which[random.randrange(len(which))])  # type: ignore[arg-type]
        case 2 if len(which):
            which[random.randrange(len(which))].name = _name(model, random)
        case 3 if len(graph.initializer):
            dense = graph.initializer[0]
            graph.sparse_initializer.add().values.CopyFrom(dense)
            del graph.initializer[0]


def versions(model: onnx.ModelProto, random: Random) -> None:
    """Opsets and IR versions that are old, new, doubled, missing or absurd."""
    match random.randrange(4):
        case 0 | 1 if len(model.opset_import):
            model.opset_import[0].version = random.choice((*range(1, 30), 0, -1, 10**6, (1 << 63) - 1))
        case 2:
            model.opset_import.add(domain=random.choice(("", "ai.onnx", "acme", "ai.onnx.ml")), version=_number(random))
        case 3:
            model.ir_version = random.choice((0, 1, 2, 3, 4, 8, 15, 10**9, -1))


def nested(model: onnx.ModelProto, random: Random) -> None:
    """A node wrapped into branches of an If, as deep as one likes."""
    graph = model.graph
    if not len(graph.node):
        return
    place = random.randrange(len(graph.node))
    inner = onnx.NodeProto.FromString(graph.node[place].SerializeToString())
    for depth in range(random.choice((1, 1, 2, 3, 12, 28))):
        outputs = [onnx.ValueInfoProto(name=name) for name in inner.output]
        branch = helper.make_graph([inner], f"branch {depth}", [], outputs)
        other = (
            branch if depth == 0 else helper.make_graph([], "empty", [], outputs)
        )  # both alike would double each time
        condition = random.choice(("flag", _name(model, random)))
        names = [f"{name}.{depth}" for name in inner.output]
        try:
            inner = helper.make_node("If", [condition], names, then_branch=branch, else_branch=other)
        except DecodeError:  # deeper than protobuf itself goes
            return
    inner.output[:] = graph.node[place].output
    graph.node[place].CopyFrom(inner)
    flag = graph.initializer.add(name="flag", data_type=TensorProto.BOOL, raw_data=random.choice((b"\0", b"\1", b"")))
    flag.dims.extend(random.choice(([], [1], [0])))


def function(model: onnx.ModelProto, random: Random) -> None:
    """A node moved into a function; the function may call itself, or others that call others."""
    node = _pick(model.graph.node, random)
    if node is None or node.op_type == "":
        return
    body = onnx.NodeProto.FromString(node.SerializeToString())
    opsets = [helper.make_opsetid("", random.choice((17, 17, 13, 20))), helper.make_opsetid("acme", 1)]
    inputs, outputs = list(dict.fromkeys(body.input)), list(dict.fromkeys(body.output))
    if random.random() < 0.3:
        body.op_type, body.domain = "Wrapped", "acme"
    model.functions.append(helper.make_function("acme", "Wrapped", inputs, outputs, [body], opsets))
    call = helper.make_node("Wrapped", inputs, outputs, domain="acme")
    node.CopyFrom(call)
    if not any(entry.domain == "acme" for entry in model.opset_import):
        model.opset_import.append(helper.make_opsetid("acme", 1))


def names(model: onnx.ModelProto, random: Random) -> None:
    """A name that is empty, long, odd or taken."""
    node = _node(model, random)
    if node is not None:
        node.name = random.choice(("", "n" * 5000, "\n\x1b[31m", "'{}%s", _name(model, random)))
    if random.random() < 0.2:
        model.graph.name = random.choice(("", "g" * 5000))


def _tensor(random: Random) -> TensorProto:
    tensor = helper.make_tensor("t", TensorProto.INT64, [2], [1, 2])
    _spoil(tensor, random)
    return tensor


def _spoil(tensor: TensorProto, random: Random) -> None:
    """Values, dimensions, type or length of a stored tensor that do not fit each other, or fit something else."""
    match random.randrange(8):
        case 0 if len(tensor.dims):
            tensor.dims[random.randrange(len(tensor.dims))] = _number(random)
        case 1:
            tensor.dims.append(random.choice((1, 1, 2, 0)))
        case 2 if len(tensor.dims):
            tensor.dims.pop()
        case 3:
            tensor.data_type = random.choice((*TensorProto.DataType.values(), 99, -1))
        case 4:
            tensor.raw_data = tensor.raw_data[: random.randrange(len(tensor.raw_data) + 1)]
        case 5:
            tensor.raw_data = tensor.raw_data + random.randbytes(random.randrange(1, 9))
        case 6 if tensor.raw_data:
            width = {int(TensorProto.INT64): 8, int(TensorProto.FLOAT): 4}.get(int(tensor.data_type), 1)
            place = random.randrange(max(1, len(tensor.raw_data) // width)) * width
            value = (
                _number(random).to_bytes(8, "little", signed=True)[:width] if width == 8 else random.randbytes(width)
            )
            tensor.raw_data = tensor.raw_data[:place] + value + tensor.raw_data[place + width :]
        case 7:
            tensor.float_data.append(random.choice(FLOATS))
            if random.random() < 0.2:
                tensor.external_data.add(key="location", value="/etc/passwd")


MUTATIONS: tuple[Mutation, ...] = (
    *(attribute_value, attribute_value, attribute_value, attribute_added, attribute_added, attribute_length),
    *(attribute_type, attribute_gone, edge, edge, made, nodes, operator, operator, inserted, inserted),
    *(input_shape, input_shape, stored, stored, stored, ends, versions, nested, function, names),
)
