"""Small operators of the ai.onnx.ml domain: a selection, a threshold and a table.

https://onnx.ai/onnx/operators/onnx_aionnxml_ArrayFeatureExtractor.html, ..._Binarizer.html, ..._LabelEncoder.html
"""

from typing import TYPE_CHECKING, Any

import numpy as np

from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.graph import Array, Shape
from rfengine.ops.call import Call
from rfengine.ops.dtypes import torch_type
from rfengine.ops.gather import from_front, picked_by
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import first_input_only, when_known
from rfengine.ops.tables import counted

if TYPE_CHECKING:
    from torch import Tensor

DOMAIN = "ai.onnx.ml"


def _extracted_shape(call: Call) -> Shape:
    """A vector becomes a matrix of one row."""
    count = call.shape(1)[-1] if call.shape(1) else 1
    return (*(call.shape()[:-1] or (1,)), count)


@when_known
def _extracted_reads(call: Call) -> list[Relation]:
    shape = call.shape()
    last = len(shape) - 1
    indices = call.constants[1]
    positions = None if indices is None else counted(call, indices.reshape(-1), shape[last])
    before: list[AxisRead | None] = [AxisRead(i) for i in range(last)] or [None]
    data = Reads((*before, *picked_by(positions, last, 1)))
    picked = AxisRead(len(call.shape(1)) - 1) if call.shape(1) else None
    return [((data,), (Reads((*[None] * len(before), picked)),))]


def _extracted_lower(_: Call) -> Kernel:
    def kernel(x: "Tensor", indices: "Tensor") -> "Tensor":
        taken = x.index_select(-1, from_front(indices.reshape(-1), x.shape[-1]))
        return taken if x.ndim > 1 else taken[None]

    return kernel


def _binarizer_lower(call: Call) -> Kernel:
    threshold = float(call.attr("threshold", 0.0))
    return lambda x: (x > threshold).to(x.dtype)


def _table(call: Call) -> tuple[Array, Array, Any]:
    """Keys, their values, and the value of what is no key."""
    found: dict[str, Array] = {}
    for side in ("keys", "values"):
        for form, dtype in (("tensor", None), ("int64s", np.int64), ("floats", np.float32)):
            given = call.attr(f"{side}_{form}")
            if given is not None:
                found[side] = np.asarray(given, dtype).reshape(-1)
    if len(found) < 2 or any(array.dtype.kind not in "if" for array in found.values()):
        raise call.refused("a table of text")
    keys, values = found["keys"], found["values"]
    if len(keys) != len(values):
        raise BadShape(f"{call.node}: {len(keys)} keys and {len(values)} values make no table")
    name, usual = ("float", -0.0) if values.dtype.kind == "f" else ("int64", -1)
    other = call.attr("default_tensor")
    return keys, values, call.attr(f"default_{name}", usual) if other is None else np.asarray(other).reshape(-1)[0]


def _encoded_fold(call: Call) -> Array:
    keys, values, other = _table(call)
    x = call.data()
    y = np.full(x.shape, other, values.dtype)
    # Of a key that stands there twice the last counts; NaN equals itself here.
    for key, value in zip(keys.tolist(), values, strict=True):
        y[(x == key) | ((x != x) & (key != key))] = value
    return y


def _encoded_lower(call: Call) -> Kernel:
    import torch

    keys, values, other = _table(call)
    table = dict(zip(keys.tolist(), values.tolist(), strict=True))
    of_nan = next((value for key, value in table.items() if key != key), None)
    plain = sorted(key for key in table if key == key)
    dtype = torch_type(call, call.out.dtype)
    mapped = torch.tensor([*(table[key] for key in plain), other], dtype=dtype)

    def kernel(x: "Tensor") -> "Tensor":
        at = torch.tensor(plain, dtype=x.dtype, device=x.device)
        place = torch.searchsorted(at, x.contiguous())
        # Past the last key stands the value of what is no key.
        hit = at[place.clamp(max=max(len(plain) - 1, 0))] == x if plain else torch.zeros_like(x, dtype=torch.bool)
        y = mapped.to(x.device)[torch.where(hit, place, len(plain))]
        return y if of_nan is None else torch.where(x != x, torch.tensor(of_nan, dtype=dtype, device=x.device), y)

    return kernel


register(
    Operator(
        "ArrayFeatureExtractor",
        (1,),
        Nature.MOVES,
        _extracted_reads,
        _extracted_lower,
        out_shape=_extracted_shape,
        domain=DOMAIN,
    )
)
register(Operator("Binarizer", (1,), Nature.ACTIVATES, first_input_only, _binarizer_lower, domain=DOMAIN))
register(
    Operator("LabelEncoder", (2, 4), Nature.OTHER, first_input_only, _encoded_lower, fold=_encoded_fold, domain=DOMAIN)
)
