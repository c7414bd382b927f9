"""Fourier transforms. https://onnx.ai/onnx/operators/onnx__DFT.html, .../onnx__STFT.html.

A signal's last axis holds its real part, or its real and imaginary parts.
"""

from typing import TYPE_CHECKING

from rfengine.calculus.local import window
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import only_first, when_known

if TYPE_CHECKING:
    from torch import Tensor


def _joined(x: "Tensor") -> "Tensor":
    """The signal without its last axis: real, or complex; in double precision, so that what cancels is zero."""
    import torch

    x = x.double()
    return torch.view_as_complex(x.contiguous()) if x.shape[-1] == 2 else x[..., 0]


def _split(y: "Tensor", like: "Tensor") -> "Tensor":
    """The inverse of `_joined`, in the type of `like`."""
    import torch

    return (torch.view_as_real(y) if y.is_complex() else y.unsqueeze(-1)).to(like.dtype)


def _scalar(call: Call, index: int, what: str) -> int | None:
    """A parameter that is one positive number, or None where it is absent."""
    given = call.int_list(index)
    if given is not None and (len(given) != 1 or given[0] < 1):
        raise BadShape(f"{call.node}: {what}={list(given)} must be one positive number")
    return None if given is None else given[0]


def _check_parts(call: Call, *, real: bool) -> None:
    parts = call.shape()[-1]
    if parts not in ((1,) if real else (1, 2)):
        allowed = "1 (a onesided transform takes real signals)" if real else "1 or 2"
        raise BadShape(f"{call.node}: the last axis of {list(call.shape())} must have {allowed} elements")


def _dft_axis(call: Call) -> int:
    rank = len(call.shape())
    given = call.int_list(2) if call.node.version >= 20 else (int(call.attr("axis", 1)),)
    axis = given[0] if given else -2
    if not -rank <= axis < rank or axis % rank == rank - 1:
        raise BadShape(f"{call.node}: axis={axis} is no signal axis of a tensor of shape {list(call.shape())}")
    return axis % rank


@when_known
def _dft_reads(call: Call) -> list[Relation]:
    axis, rank = _dft_axis(call), len(call.shape())
    return only_first(call, Reads.same(rank).over((axis, rank - 1)))


def _dft_lower(call: Call) -> Kernel:
    import torch.fft

    axis, length = _dft_axis(call), _scalar(call, 1, "dft_length")
    inverse, onesided = bool(call.attr("inverse", 0)), bool(call.attr("onesided", 0))
    _check_parts(call, real=onesided and not inverse)
    transform = {
        (False, False): torch.fft.fft,
        (False, True): torch.fft.rfft,
        (True, False): torch.fft.ifft,
        (True, True): torch.fft.irfft,
    }[inverse, onesided]
    return lambda x, *_: _split(transform(_joined(x), length, axis), x)


def _frames(call: Call) -> tuple[int, int]:
    """Length of a frame and the step from one to the next."""
    signal = call.shape()
    step, given = _scalar(call, 1, "frame_step"), _scalar(call, 3, "frame_length")
    length = given or (call.shape(2)[0] if call.has(2) else signal[1])
    if step is None or length > signal[1] or (call.has(2) and call.shape(2) != (length,)):
        raise BadShape(f"{call.node}: frames of {length} every {step} do not fit a signal of shape {list(signal)}")
    return length, step


@when_known
def _stft_reads(call: Call) -> list[Relation]:
    length, step = _frames(call)
    signal = Reads((AxisRead(0), AxisRead(1, window(length, step)), None, None))
    coefficients = (Reads((None,) * 4),) if call.has(2) else ()
    return [((signal,), (), coefficients, ())[: len(call.inputs)]]


def _stft_lower(call: Call) -> Kernel:
    import torch.fft

    length, step = _frames(call)
    onesided = bool(call.attr("onesided", 1))
    _check_parts(call, real=onesided)
    transform = torch.fft.rfft if onesided else torch.fft.fft

    def kernel(x: "Tensor", _: "Tensor", taper: "Tensor | None" = None, *__: "Tensor | None") -> "Tensor":
        frames = _joined(x).unfold(1, length, step)
        return _split(transform(frames if taper is None else frames * taper), x)

    return kernel


register(Operator("DFT", (17, 20), Nature.AVERAGES, _dft_reads, _dft_lower))
register(Operator("STFT", (17,), Nature.AVERAGES, _stft_reads, _stft_lower))
