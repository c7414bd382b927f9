"""Layers of transformer blocks: attention over the whole map or in windows, and layer norm.

A shifted window may be cut by the map's edge. Its missing positions are padded and masked, which is the shifted
partition as Liu et al. 2021 define it (section 3.2); their cyclic shift computes the same, but by bringing pixels from
one edge to the other.
"""

import math
from dataclasses import dataclass

import numpy as np

from api_schemas.spec_transformer import Attention, LayerNorm
from rfengine.spec_import.layers.registry import lowers
from rfengine.spec_import.site import Shape, Site


@lowers(LayerNorm)
def layer_norm(layer: LayerNorm, site: Site) -> Shape:
    """https://onnx.ai/onnx/operators/onnx__LayerNormalization.html, which norms the last axes."""
    channels, rank = site.shape[1], len(site.shape)
    tensors = [site.fill("scale", channels, 1.0), site.fill("bias", channels, 0.0)]
    attributes = {"axis": -1, "epsilon": layer.epsilon}
    if rank == 2:
        site.node("LayerNormalization", [site.inputs[0], *tensors], attributes)
        return site.shape
    last = site.node("Transpose", [site.inputs[0]], {"perm": [0, *range(2, rank), 1]}, part="channels_last")
    normed = site.node("LayerNormalization", [last, *tensors], attributes, part="normed")
    site.node("Transpose", [normed], {"perm": [0, rank - 1, *range(1, rank - 1)]})
    return site.shape


@dataclass(frozen=True, slots=True)
class Partition:
    """Windows over a map: `begin` and `end` px are added so that whole windows cover it; one entry per axis."""

    size: Shape
    window: Shape
    begin: Shape
    end: Shape

    @property
    def counts(self) -> Shape:
        """Windows per axis."""
        parts = zip(self.size, self.window, self.begin, self.end, strict=True)
        return tuple((size + begin + end) // window for size, window, begin, end in parts)

    @property
    def tokens(self) -> Shape:
        """Windows, and positions in each."""
        return (math.prod(self.counts), math.prod(self.window))

    @property
    def interleaved(self) -> Shape:
        """The padded map with every axis as its windows and the positions in them."""
        return tuple(n for axis in zip(self.counts, self.window, strict=True) for n in axis)

    @property
    def padded(self) -> bool:
        """Whether the map's edge cuts windows."""
        return any(self.begin)

    def mask(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        """What is added to scores [..., windows, heads, positions, positions]: nothing, or -inf where padding is."""
        inside = np.zeros([n + b + e for n, b, e in zip(self.size, self.begin, self.end, strict=True)], bool)
        inside[tuple(slice(b, b + n) for n, b in zip(self.size, self.begin, strict=True))] = True
        axes = len(self.size)
        order = [*range(0, 2 * axes, 2), *range(1, 2 * axes, 2)]
        additive = np.where(inside.reshape(self.interleaved).transpose(order), np.float32(0), np.float32(-np.inf))
        windows, positions = self.tokens
        return additive.reshape(windows, 1, 1, positions)


@lowers(Attention)
def attention(layer: Attention, site: Site) -> Shape:
    """softmax(Q K' / sqrt(d)) V per head and window, then a linear map (Vaswani et al. 2017, section 3.2)."""
    size, (batch, incoming) = site.spatial(), site.shape[:2]
    channels = layer.channels or incoming
    if channels % layer.heads:
        raise site.refuse(f"heads {layer.heads} do not divide its {channels} channels; use a divisor of {channels}")
    found = _partition(layer, site, size)
    tokens = _to_windows(found, site)
    split = (batch, *found.tokens, layer.heads, channels // layer.heads)
    query, key, value = (
        _heads(_linear(tokens, part, (incoming, channels), layer.qkv_bias, site), part, split, site)
        for part in ("query", "key", "value")
    )
    scale = site.constant("scale", np.array(math.sqrt(layer.heads / channels), np.float32))
    scaled = site.node("Mul", [query, scale], part="scaled")
    scores = site.node("MatMul", [scaled, key], part="scores")
    if found.padded:
        scores = site.node("Add", [scores, site.constant("mask", found.mask())], part="masked")
    weights = site.node("Softmax", [scores], {"axis": -1}, part="weights")
    mixed = site.node("MatMul", [weights, value], part="mixed")
    joined = site.node("Transpose", [mixed], {"perm": [0, 1, 3, 2, 4]}, part="joined")
    flat = _reshaped(joined, "flat", (batch, *found.tokens, channels), site)
    output = _linear(flat, "output", (channels, channels), True, site)
    _to_map(output, found, (batch, channels), site)
    return (batch, channels, *size)


def _partition(layer: Attention, site: Site, size: Shape) -> Partition:
    if layer.window is None:
        return Partition(size, size, (0,) * len(size), (0,) * len(size))
    window = site.per_axis("window", layer.window, len(size))
    shift = site.per_axis("shift", layer.shift, len(size))
    for axis, (n, side, moved) in enumerate(zip(size, window, shift, strict=True)):
        name = site.axis_name(axis)
        if n % side:
            raise site.refuse(
                f"window {side} does not divide its input of {n} px along {name}; use a divisor of {n}, or pad to "
                f"{-(-n // side) * side} before it and slice after it"
            )
        if moved >= side:
            raise site.refuse(f"shift {moved} is not below window {side} along {name}; Swin shifts by {side // 2}")
    # A map whose windows are shifted has one window more, cut in two by its edges.
    begin = tuple((side - moved) % side for side, moved in zip(window, shift, strict=True))
    return Partition(size, window, begin, shift)


def _to_windows(found: Partition, site: Site) -> str:
    """[batch, channels, *size] to [batch, windows, positions, channels]."""
    batch, channels = site.shape[:2]
    value, axes = site.inputs[0], len(found.size)
    if found.padded:
        pads = np.array([0, 0, *found.begin, 0, 0, *found.end], np.int64)
        value = site.node("Pad", [value, site.constant("pads", pads)], part="padded")
    split = _reshaped(value, "split", (batch, channels, *found.interleaved), site)
    order = [0, *range(2, 2 * axes + 2, 2), *range(3, 2 * axes + 3, 2), 1]
    moved = site.node("Transpose", [split], {"perm": order}, part="windows")
    return _reshaped(moved, "tokens", (batch, *found.tokens, channels), site)


def _to_map(tokens: str, found: Partition, outer: Shape, site: Site) -> None:
    """[batch, windows, positions, channels] to the layer's output [batch, channels, *size]."""
    (batch, channels), axes = outer, len(found.size)
    split = _reshaped(tokens, "split_output", (batch, *found.counts, *found.window, channels), site)
    pairs = [place for axis in range(axes) for place in (1 + axis, 1 + axes + axis)]
    moved = site.node("Transpose", [split], {"perm": [0, 2 * axes + 1, *pairs]}, part="interleaved")
    padded = tuple(n * side for n, side in zip(found.counts, found.window, strict=True))
    if not found.padded:
        _reshaped(moved, "", (*outer, *padded), site)
        return
    whole = _reshaped(moved, "whole", (*outer, *padded), site)
    stops = [b + n for b, n in zip(found.begin, found.size, strict=True)]
    bounds = {"start": found.begin, "stop": stops, "axes": range(2, axes + 2)}
    site.node("Slice", [whole, *(site.constant(part, np.array(each, np.int64)) for part, each in bounds.items())])


def _heads(tokens: str, part: str, shape: Shape, site: Site) -> str:
    """[..., positions, channels] to [..., heads, positions, channels per head], keys with the last two exchanged.

    `shape` is that of the tokens with their channels split into heads.
    """
    split = _reshaped(tokens, f"{part}.split", shape, site)
    order = [0, 1, 3, 4, 2] if part == "key" else [0, 1, 3, 2, 4]
    return site.node("Transpose", [split], {"perm": order}, part=f"{part}.heads")


def _linear(value: str, part: str, weight: Shape, bias: bool, site: Site) -> str:
    """The value times a weight [incoming, outgoing], plus a bias where it has one."""
    matrix = site.weight(f"{part}.weight", weight, *weight, inputs_first=True)
    product = site.node("MatMul", [value, matrix], part=f"{part}.product")
    return site.node("Add", [product, site.fill(f"{part}.bias", weight[1], 0.0)], part=part) if bias else product


def _reshaped(value: str, part: str, shape: Shape, site: Site) -> str:
    """The value in another shape; without a `part` it is the layer's own."""
    name = f"{part}.shape" if part else "shape"
    return site.node("Reshape", [value, site.constant(name, np.array(shape, np.int64))], part=part)
