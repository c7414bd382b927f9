from collections.abc import Mapping

import numpy as np
import onnx

from rfengine.graph import Array
from tests.ops.case import Case, Weight, asking, at, giving
from tests.ops.oracles import onnxruntime_output

TIME, BATCH, WIDE, H = 5, 3, 4, 2
X = (TIME, BATCH, WIDE)
GATES = {"RNN": 1, "GRU": 3, "LSTM": 4}
LENGTHS = np.asarray([5, 2, 3], np.int32)


def _weights(op: str, directions: int) -> tuple[Array, Array, Array]:
    """W, R and B of both signs, small enough for no activation to saturate."""
    random = np.random.default_rng(3)
    rows = GATES[op] * H
    shapes = ((directions, rows, WIDE), (directions, rows, H), (directions, 2 * rows))
    w, r, b = (random.uniform(-0.5, 0.5, shape).astype(np.float32) for shape in shapes)
    return w, r, b


def _at_opset_21(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """The output of a model of opset 22, which added a type and nothing else; onnxruntime ends at version 14."""
    older = onnx.ModelProto()
    older.CopyFrom(model)
    older.opset_import[0].version = 21
    return onnxruntime_output(older, feeds)


def _of(op: str) -> list[Case]:
    one, two = _weights(op, 1), _weights(op, 2)
    initial = [(1, BATCH, H)] * (2 if op == "LSTM" else 1)
    states = 3 if op == "LSTM" else 2
    shape = {"hidden_size": H}
    both = {**shape, "direction": "bidirectional"}
    return [
        *at((7, 14), op, X, *one, **shape),
        *at((14,), op, X, *one[:2], **shape, direction="reverse"),
        *at((14,), op, X, *two, **both),
        *at((14,), op, X, *two, LENGTHS, **both),
        *at((14,), op, X, *one, LENGTHS, *initial, **shape, direction="reverse"),
        *(case for result in range(1, states) for case in giving(result, at((7, 14), op, X, *one, LENGTHS, **shape))),
        *giving(1, at((14,), op, X, *two, **both)),
        *at((14,), op, X, Weight((1, GATES[op] * H, WIDE)), Weight((1, GATES[op] * H, H)), **shape, clip=0.9),
        *asking(_at_opset_21, at((22,), op, X, *one, None, *initial, **shape)),
    ]


def _batch_first(model: onnx.ModelProto, feeds: Mapping[str, Array]) -> Array:
    """onnxruntime refuses layout=1: the model of layout 0 on the same data, with batch and time exchanged."""
    turned = onnx.ModelProto()
    turned.CopyFrom(model)
    node = turned.graph.node[-1]
    node.attribute.remove(next(a for a in node.attribute if a.name == "layout"))
    for value in turned.graph.input:
        dims = value.type.tensor_type.shape.dim
        dims[0].dim_value, dims[1].dim_value = dims[1].dim_value, dims[0].dim_value
    output = onnxruntime_output(turned, {name: array.swapaxes(0, 1) for name, array in feeds.items()})
    return output.transpose(2, 0, 1, 3) if output.ndim == 4 else output.swapaxes(0, 1)


FIRST = {"hidden_size": H, "layout": 1}
PEEPHOLES = Weight((1, 3 * H))
PLAIN = at((14,), "LSTM", X, *_weights("LSTM", 1), LENGTHS, None, None, PEEPHOLES, hidden_size=H)

CASES: list[Case] = [
    *(case for op in GATES for case in _of(op)),
    *(case for op in GATES for case in asking(_batch_first, at((14,), op, X, *_weights(op, 1), **FIRST))),
    *(case for op in GATES for case in asking(_batch_first, giving(1, at((14,), op, X, *_weights(op, 1), **FIRST)))),
    *PLAIN,
    *giving(2, PLAIN),
    *at((14,), "LSTM", X, *_weights("LSTM", 1), hidden_size=H, input_forget=1),
    *at((14,), "GRU", X, *_weights("GRU", 1), hidden_size=H, linear_before_reset=1),
    *at((14,), "GRU", X, *_weights("GRU", 1), hidden_size=H, activations=["HardSigmoid", "LeakyRelu"]),
    *at(
        (14,),
        "LSTM",
        X,
        *_weights("LSTM", 1),
        hidden_size=H,
        activations=["HardSigmoid", "ScaledTanh", "Affine"],
        activation_alpha=[0.3, 1.2, 0.7],
        activation_beta=[0.4, 0.8, 0.1],
    ),
    *at((14,), "RNN", X, *_weights("RNN", 2), hidden_size=H, direction="bidirectional", activations=["Relu", "Elu"]),
    *(
        case
        for name in ("Softsign", "Softplus")
        for case in at((14,), "RNN", X, *_weights("RNN", 1), hidden_size=H, activations=[name])
    ),
    *at(
        (14,),
        "RNN",
        X,
        *_weights("RNN", 1),
        hidden_size=H,
        activations=["ThresholdedRelu"],
        activation_alpha=[0.05],
    ),
]
