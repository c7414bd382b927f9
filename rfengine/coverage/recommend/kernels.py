"""Convolutions of a file with other kernels: dilated or wider, their outputs as large as before."""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import helper

from rfengine.coverage.recommend.constants import AddWeight, array_of, drawn, maker_of
from rfengine.coverage.recommend.sites import Site
from rfengine.coverage.recommend.surgery import ADDED, Edit, prune
from rfengine.graph import Array

Ints = tuple[int, ...]


def dilated(site: Site, dilations: Ints) -> Edit:
    """Give the convolutions of a site other dilations."""

    def edit(model: onnx.ModelProto, _add: AddWeight) -> None:
        for output in site.nodes:
            node = _conv(model, output)
            _widen(node, site, site.kernel, dilations)
            _set(node, "dilations", dilations)

    return edit


def widened(site: Site, kernel: Ints, *, draws: bool) -> Edit:
    """Give the convolutions of a site a wider kernel, with the old one in its middle.

    Args:
        site: the convolutions.
        kernel: the new kernel.
        draws: whether the new taps are drawn like the old ones, as training would fill them; else they are zero, and
            the network computes what it did.
    """

    def edit(model: onnx.ModelProto, add: AddWeight) -> None:
        known: set[str] = set()
        for output, weight in zip(site.nodes, site.weights, strict=True):
            old = _conv(model, output).input[1]
            new = f"{ADDED}{old}"
            if new not in known:
                shape = (*weight.shape[:2], *kernel)
                add(model, new, shape, weight.dtype, _embedding(model, old, kernel, draws))
                known.add(new)
            node = _conv(model, output)
            node.input[1] = new
            _widen(node, site, kernel, site.dilations)
            _set(node, "kernel_shape", kernel)
        prune(model)

    return edit


def embedded(weight: Array, kernel: Ints, *, draws: bool = False) -> Array:
    """A weight [out, in / groups, k ...] in the middle of a wider one; new taps are zero, or drawn with its spread."""
    before = [(new - old) // 2 for new, old in zip(kernel, weight.shape[2:], strict=True)]
    inside = tuple(slice(b, b + n) for b, n in zip(before, weight.shape[2:], strict=True))
    shape = (*weight.shape[:2], *kernel)
    wider = np.zeros(shape, weight.dtype)
    if draws:
        noise = drawn("kernel", shape)
        wider = (noise * (weight.std() / (noise.std() or 1.0))).astype(weight.dtype)
    wider[(slice(None), slice(None), *inside)] = weight
    return wider


def _embedding(model: onnx.ModelProto, name: str, kernel: Ints, draws: bool) -> Callable[[], Array]:
    def values() -> Array:
        weight = array_of(model, name)
        assert weight is not None, f"{name} is computed"
        return embedded(weight, kernel, draws=draws)

    return values


def _conv(model: onnx.ModelProto, output: str) -> onnx.NodeProto:
    node = maker_of(model, output)
    assert node is not None, output
    return node


def _widen(node: onnx.NodeProto, site: Site, kernel: Ints, dilations: Ints) -> None:
    """Pad as much more as the window becomes larger, half at each end."""
    before = [(k - 1) * d for k, d in zip(site.kernel, site.dilations, strict=True)]
    after = [(k - 1) * d for k, d in zip(kernel, dilations, strict=True)]
    pads, rank = _pads(node, before), len(before)
    for axis, more in enumerate(a - b for a, b in zip(after, before, strict=True)):
        pads[axis] += more // 2
        pads[axis + rank] += more - more // 2
    _set(node, "pads", pads)
    # Runtimes do not take automatic padding with dilation; written out it is the same for every size of input.
    _drop(node, "auto_pad")


def _pads(node: onnx.NodeProto, reach: list[int]) -> list[int]:
    """Padding as numbers: all beginnings, then all ends; `reach` is the window less one. Strides are 1."""
    attributes = {each.name: each for each in node.attribute}
    automatic = attributes["auto_pad"].s if "auto_pad" in attributes else b"NOTSET"
    if automatic == b"SAME_UPPER":
        return [n // 2 for n in reach] + [n - n // 2 for n in reach]
    if automatic == b"SAME_LOWER":
        return [n - n // 2 for n in reach] + [n // 2 for n in reach]
    if automatic == b"NOTSET" and "pads" in attributes:
        return list(attributes["pads"].ints)
    return [0] * 2 * len(reach)


def _set(node: onnx.NodeProto, name: str, values: Ints | list[int]) -> None:
    _drop(node, name)
    node.attribute.append(helper.make_attribute(name, list(values)))


def _drop(node: onnx.NodeProto, name: str) -> None:
    kept = [each for each in node.attribute if each.name != name]
    node.ClearField("attribute")
    node.attribute.extend(kept)
