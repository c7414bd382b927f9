"""The laws themselves on trial: each of these plausible mistakes must be caught by some case."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import ceil, floor
from typing import Any

import numpy as np
import pytest

from rfengine import ops
from rfengine.calculus.index_map import IDENTITY
from rfengine.calculus.local import constant, linear_taps, repeated, strided, transposed_window, window
from rfengine.calculus.reads import AxisRead, Border, Reads, Reshaped
from rfengine.ops import (
    Call,
    blocks,
    convolution,
    gather,
    layout,
    matrix,
    pad,
    padding,
    pooling,
    repetition,
    resampling,
    resize,
    rules,
    scatter,
    slicing,
)
from rfengine.ops.registry import Relation
from rfengine.ops.tables import single
from tests.ops.case import Case
from tests.ops.reach import violations
from tests.ops.test_lowering import expected, lowered, without_a_case
from tests.ops.test_reads import READING


class NoEdge:
    """A border that forgets that interpolation reads the edge in place of what lies beyond."""

    EDGE = NOTHING = Border.NOTHING


# operators, where, what, instead
WRONG_PARTS: dict[str, tuple[str, Any, str, Any]] = {
    "padding off by one": ("Conv", convolution, "window", lambda k, s, d, p: window(k, s, d, p + 1)),
    "padding forgotten": ("Conv", convolution, "window", lambda k, s, d, p: window(k, s, d)),
    "stride ignored": ("Conv", convolution, "window", lambda k, s, d, p: window(k, 1, d, p)),
    "dilation ignored": ("Conv", convolution, "window", lambda k, s, d, p: window(k, s, 1, p)),
    "holes of dilation filled": ("Conv", convolution, "window", lambda k, s, d, p: window(d * (k - 1) + 1, s, 1, p)),
    "kernel one larger": ("Conv", convolution, "window", lambda k, s, d, p: window(k + 1, s, d, p)),
    "kernel one smaller": ("Conv", convolution, "window", lambda k, s, d, p: window(max(1, k - 1), s, d, p)),
    "height and width swapped": (
        "Conv",
        convolution,
        "windows",
        lambda call, maps, *, across_channels: rules.windows(call, maps[::-1], across_channels=across_channels),
    ),
    "channels not mixed": (
        "Conv",
        convolution,
        "windows",
        lambda call, maps, *, across_channels: rules.windows(call, maps, across_channels=False),
    ),
    "transposed convolution as convolution": ("ConvTranspose", convolution, "transposed_window", window),
    "transposed convolution without its phases": (
        "ConvTranspose",
        convolution,
        "transposed_window",
        lambda k, s, d, p: transposed_window(k + s, s, d, p),
    ),
    "cropping of a transposed convolution forgotten": (
        "ConvTranspose",
        convolution,
        "transposed_window",
        lambda k, s, d, p: transposed_window(k, s, d, 0),
    ),
    "pool as a window at its unit": ("MaxPool", pooling, "window", lambda k, s, d, p: window(k, 1, d, p)),
    "pool dilation ignored": ("AveragePool", pooling, "window", lambda k, s, d, p: window(k, s, 1, p)),
    "linear taps without the second": ("Resize", resize, "linear_taps", lambda x: (floor(x),)),
    "linear taps with coefficient zero": (
        "Resize",
        resize,
        "linear_taps",
        lambda x: (floor(x), floor(x) + 1),
    ),
    "cubic as linear": ("Resize", resize, "cubic_taps", lambda x: (floor(x), ceil(x))),
    "interpolation beyond the border": ("Resize", resize, "Border", NoEdge),
    "slice off by one": ("Slice", slicing, "strided", lambda start, step: strided(start + 1, step)),
    "flip as a plain slice": ("Slice", slicing, "strided", lambda start, step: strided(start, abs(step))),
    "padding to the wrong side": ("Pad", pad, "strided", lambda start, step: strided(-start, step)),
    "reflection as edge": ("Pad", pad, "_axis_read", lambda border, *place: _axis_read(Border.EDGE, *place)),
    "offset of a concatenated part forgotten": ("Concat", layout, "strided", lambda start, step: strided(0, step)),
    "blocks as single pixels": ("SpaceToDepth", blocks, "window", lambda k, s: strided(0, k)),
    "depth to space as space to depth": ("DepthToSpace", blocks, "repeated", lambda factor: window(factor, factor)),
    "depth to space along too wide a block": ("DepthToSpace", blocks, "repeated", lambda f: repeated(f + 1)),
    "split without its offset": ("Split", slicing, "strided", lambda start, step: strided(0, step)),
    "tiling as repetition": ("Tile", repetition, "_wrapped", lambda a, n, out: AxisRead(a, repeated(out // n))),
    "gathering one beside": ("Gather", gather, "single", lambda positions: single(positions - 1)),
    "scattering as gathering": ("ScatterND", scatter, "inverted", lambda positions, _: single(positions)),
    "overwritten data still read": ("ScatterND", scatter, "_kept", lambda _, __, shape: Reads.same(len(shape))),
    "antialiasing without a stretch": ("Resize", resampling, "stretched_taps", lambda *_: linear_taps),
    "broadcasting ignored": ("Add", rules, "constant", lambda index: IDENTITY),
    "broadcasting of the wrong element": ("Mul", rules, "constant", lambda index: constant(index + 1)),
}


def _same(call: Call) -> list[Relation]:
    return rules.first_input_only(call)


def _nothing(call: Call) -> list[Relation]:
    return [((),) * len(call.inputs)]


def _inverse_permutation(call: Call) -> list[Relation]:
    order = np.argsort(call.ints("perm", tuple(reversed(range(len(call.shape()))))))
    return rules.only_first(call, Reads(tuple(AxisRead(int(axis)) for axis in order)))


def _swapped_factors(call: Call) -> list[Relation]:
    return [tuple(reversed(matrix._matmul_reads(call)[0]))]


WRONG_RULES: dict[str, tuple[str, Callable[[Call], list[Relation]]]] = {
    "identity instead of whole": ("GlobalAveragePool", _same),
    "softmax as an activation": ("Softmax", _same),
    "normalisation over channels as an activation": ("LRN", _same),
    "convolution as an activation": ("Conv", _same),
    "an operator that reads nothing": ("Relu", _nothing),
    "a transposition turned the wrong way": ("Transpose", _inverse_permutation),
    "factors of a product swapped": ("MatMul", _swapped_factors),
    "a transposition as a reshape": ("Transpose", lambda call: rules.only_first(call, Reshaped())),
}

# what the lowering would compute, operators, where, what, instead
WRONG_LOWERINGS: dict[str, tuple[str, Any, str, Any]] = {
    "SAME with the odd one at the other side": (
        "Conv",
        padding,
        "of_window",
        lambda *args: tuple((end, begin) for begin, end in _of_window(*args)),
    ),
    "pads in the wrong order": ("MaxPool", padding, "for_torch", lambda pairs: [end for pair in pairs for end in pair]),
    "scales in the wrong direction": ("Resize", resize, "_ratio", lambda scale: 1 / _ratio(scale)),
    "rounding mode ignored": ("Resize", resize, "nearest_taps", lambda mode: lambda x: (floor(x),)),
    "another cubic kernel": ("Resize", resampling, "cubic", lambda d, a: _cubic(d, a / 2)),
    "crops instead of pads": ("Pad", pad, "_pads", lambda *given: {a: (-b, -e) for a, (b, e) in _pads(*given).items()}),
}
_of_window, _ratio, _cubic = padding.of_window, resize._ratio, resampling.cubic
_pads, _axis_read = pad._pads, pad._axis_read


@pytest.fixture(autouse=True)
def _rules_are_worked_out_anew() -> Iterator[None]:
    """What a wrong part made of a rule must not be remembered, nor what the right one made."""
    rules.broadcast.cache_clear()
    yield
    rules.broadcast.cache_clear()


def _cases(op: str) -> list[Case]:
    return [case for case in READING if case.op == op]


@pytest.mark.parametrize("name", WRONG_PARTS)
def test_a_wrong_part_of_a_rule_is_caught(name: str, monkeypatch: pytest.MonkeyPatch):
    op, where, what, instead = WRONG_PARTS[name]
    monkeypatch.setattr(where, what, instead)
    assert any(violations(case) for case in _cases(op))


@pytest.mark.parametrize("name", WRONG_RULES)
def test_a_wrong_rule_is_caught(name: str, monkeypatch: pytest.MonkeyPatch):
    op, rule = WRONG_RULES[name]
    right = _cases(op)[0].operator
    monkeypatch.setattr(Case, "operator", property(lambda case: replace(right, reads=rule)))
    assert any(violations(case) for case in _cases(op))


@pytest.mark.parametrize("name", WRONG_LOWERINGS)
def test_a_wrong_lowering_is_caught(name: str, monkeypatch: pytest.MonkeyPatch):
    op, where, what, instead = WRONG_LOWERINGS[name]
    monkeypatch.setattr(where, what, instead)
    assert not all(_agrees(case) for case in _cases(op))


def _agrees(case: Case) -> bool:
    answer, truth = lowered(case), expected(case)
    return answer.shape == truth.shape and np.allclose(answer, truth, rtol=1e-5, atol=1e-5)


def test_a_version_without_a_case_is_named():
    relu = ops.find("", "Relu", 14, node="", opset=14)
    assert without_a_case([replace(relu, versions=(14, 99))]) == {("Relu", 99)}
