"""Stored tensors to arrays: every number type of ONNX, and nothing read before its size is known."""

from math import prod
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from rfengine.errors import BadModel, UnsupportedOperator
from rfengine.graph import Array, Shape
from rfengine.limits import Limits

_PACKED_BITS: dict[int, int] = {
    onnx.TensorProto.INT4: 4,
    onnx.TensorProto.UINT4: 4,
    onnx.TensorProto.FLOAT4E2M1: 4,
    onnx.TensorProto.INT2: 2,
    onnx.TensorProto.UINT2: 2,
}


def dtype_of(kind: int, place: str) -> np.dtype[Any]:
    """The numpy type of an ONNX element type.

    Raises:
        BadModel: ONNX has no such type.
        UnsupportedOperator: it is text.
    """
    if kind == onnx.TensorProto.STRING:
        raise UnsupportedOperator(f"{place} holds text; only tensors of numbers can be analysed")
    try:
        return onnx.helper.tensor_dtype_to_np_dtype(kind)
    except KeyError as error:
        raise BadModel(f"{place} has the unknown element type {kind}; export the model again") from error


def check_shape(place: str, shape: Shape, limits: Limits) -> None:
    """Compare rank and dimensions to the caps.

    Raises:
        BadModel: a dimension is negative.
        LimitExceeded: one of them passes its cap.
    """
    limits.check(f"axes of {place}", len(shape), "rank")
    for length in shape:
        if length < 0:
            raise BadModel(f"{place} has the shape {list(shape)}; dimensions cannot be negative")
        limits.check(f"a dimension of {place}, shape {list(shape)}", length, "dimension")


def array_of(tensor: onnx.TensorProto, place: str, limits: Limits) -> Array:
    """The values of a stored tensor.

    Raises:
        BadModel: type, shape and stored values contradict each other.
        LimitExceeded: it is declared larger than a cap, whatever is stored.
        UnsupportedOperator: it holds text.
    """
    dtype = dtype_of(tensor.data_type, place)
    shape = tuple(int(d) for d in tensor.dims)
    check_shape(place, shape, limits)
    limits.check(f"bytes of {place}, shape {list(shape)}", prod(shape) * dtype.itemsize, "constant_bytes")
    if tensor.HasField("raw_data"):
        bits = prod(shape) * _PACKED_BITS.get(tensor.data_type, 8 * dtype.itemsize)
        if len(tensor.raw_data) != -(-bits // 8):
            raise BadModel(
                f"{place} of type {dtype} and shape {list(shape)} needs {-(-bits // 8):,} bytes and stores "
                f"{len(tensor.raw_data):,}; the file is damaged, export the model again"
            )
    try:
        return numpy_helper.to_array(tensor)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadModel(f"{place} of type {dtype} and shape {list(shape)} cannot be read: {error}") from error
