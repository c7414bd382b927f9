"""What is known before any image comes in: constants and shapes. They are folded away.

Only a shape in which a length depends on the data is lowered, and what is filled to such a shape.

https://onnx.ai/onnx/operators/onnx__Constant.html, .../onnx__ConstantOfShape.html, .../onnx__Shape.html,
.../onnx__EyeLike.html
"""

import numpy as np

from rfengine.graph import Array
from rfengine.ops.call import Call
from rfengine.ops.dtypes import torch_type
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import when_known


@when_known
def _reads_nothing(call: Call) -> list[Relation]:
    return [((),) * len(call.inputs) for _ in call.outputs]


def _never_lowered(call: Call) -> Kernel:
    raise call.refused("its value is computed from data")


def _constant(call: Call) -> Array:
    for name, dtype in (("value", None), ("value_float", np.float32), ("value_floats", np.float32)):
        if call.attr(name) is not None:
            return np.asarray(call.attr(name), dtype)
    for name in ("value_int", "value_ints"):
        if call.attr(name) is not None:
            return np.asarray(call.attr(name), np.int64)
    raise call.refused("a constant that is neither a dense tensor nor numbers")


def _fill(call: Call) -> Array:
    return np.asarray(call.attr("value", np.zeros(1, np.float32))).reshape(-1)[:1].reshape(())


def _constant_of_shape(call: Call) -> Array:
    # Zero strides: a fill takes no memory, whatever its shape.
    return np.broadcast_to(_fill(call), call.int_list(0) or ())


def _constant_of_shape_lower(call: Call) -> Kernel:
    import torch

    fill = _fill(call)
    dtype, value = torch_type(call, fill.dtype), fill.item()
    return lambda shape: torch.full(shape.tolist(), value, dtype=dtype, device=shape.device)


def _part(call: Call) -> slice:
    """The lengths that a Shape gives."""
    return slice(call.attr("start", 0), call.attr("end"))


def _shape(call: Call) -> Array:
    return np.asarray(call.shape()[_part(call)], np.int64)


def _shape_lower(call: Call) -> Kernel:
    import torch

    part = _part(call)
    return lambda x: torch.tensor(x.shape[part], dtype=torch.int64, device=x.device)


def _eye_fold(call: Call) -> Array:
    rows, columns = call.out_shape
    return np.eye(rows, columns, int(call.attr("k", 0))).astype(call.out.dtype)


register(
    Operator(
        "Constant", (1, 9, 11, 12, 13, 19, 21, 23, 24, 25), Nature.OTHER, _reads_nothing, _never_lowered, fold=_constant
    )
)
register(
    Operator(
        "ConstantOfShape",
        (9, 20, 21, 23, 24, 25),
        Nature.OTHER,
        _reads_nothing,
        _constant_of_shape_lower,
        fold=_constant_of_shape,
    )
)
register(
    Operator(
        "Shape",
        (1, 13, 15, 19, 21, 23, 24, 25),
        Nature.OTHER,
        _reads_nothing,
        _shape_lower,
        fold=_shape,
        folds_from_shape=True,
    )
)
register(
    Operator(
        "EyeLike",
        (9, 22),
        Nature.OTHER,
        _reads_nothing,
        _never_lowered,
        fold=_eye_fold,
        folds_from_shape=True,
    )
)
