"""ONNX's four ways to say padding, brought to one: a (begin, end) pair per spatial axis."""

from rfengine.errors import BadShape
from rfengine.ops.call import Call

Pair = tuple[int, int]


def spatial(call: Call, name: str, rank: int, default: int) -> tuple[int, ...]:
    """A per-axis attribute such as strides, checked for length and sign."""
    values = call.ints(name, (default,) * rank)
    if len(values) != rank or any(v < 1 for v in values):
        raise BadShape(f"{call.node}: {name}={list(values)} must be {rank} positive numbers, one per spatial axis")
    return values


def explicit(call: Call, rank: int) -> tuple[Pair, ...]:
    """The `pads` attribute as pairs."""
    pads = call.ints("pads", (0,) * (2 * rank))
    if len(pads) != 2 * rank:
        raise BadShape(f"{call.node}: pads={list(pads)} must be {2 * rank} numbers, two per spatial axis")
    return tuple(zip(pads[:rank], pads[rank:], strict=True))


def of_window(
    call: Call, kernel: tuple[int, ...], strides: tuple[int, ...], dilations: tuple[int, ...]
) -> tuple[Pair, ...]:
    """Padding of a convolution or pooling, whatever `auto_pad` says.

    SAME pads so that the output has ceil(n / stride) elements; SAME_UPPER puts the odd one at the end.
    """
    mode = call.attr("auto_pad", "NOTSET")
    sizes = call.shape()[2:]
    if mode == "NOTSET":
        return explicit(call, len(sizes))
    if mode == "VALID":
        return ((0, 0),) * len(sizes)
    if mode not in ("SAME_UPPER", "SAME_LOWER"):
        raise BadShape(f"{call.node}: auto_pad={mode!r} is none of NOTSET, VALID, SAME_UPPER, SAME_LOWER")
    pairs = []
    for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True):
        total = max(0, (-(-n // s) - 1) * s + d * (k - 1) + 1 - n)
        small, large = total // 2, total - total // 2
        pairs.append((small, large) if mode == "SAME_UPPER" else (large, small))
    return tuple(pairs)


def for_torch(pairs: tuple[Pair, ...]) -> list[int]:
    """Pairs in the order `torch.nn.functional.pad` takes them: last axis first."""
    return [end for pair in reversed(pairs) for end in pair]
