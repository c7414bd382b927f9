"""Operators that move, select or pool: by how they read their free axes and their spatial ones."""

from dataclasses import replace
from math import prod
from types import MappingProxyType

import numpy as np

from rfengine import ops
from rfengine.calculus.index_map import IDENTITY
from rfengine.calculus.reads import AxisRead, Reads, Reshaped
from rfengine.graph import Node, Shape
from rfengine.ops import Nature
from rfengine.runtime.collapse.small import Classes, Grouped, Places, Small, free_axes, plain, refused


def moved(small: Small, node: Node, operator: ops.Operator) -> None:
    """Everything without weights that is not element by element."""
    special = {"Concat": _concatenated, "SpaceToDepth": _space_to_depth, "DepthToSpace": _depth_to_space}
    if node.op in special:
        special[node.op](small, node)
        return
    grouped = small.one(node)
    relations = operator.reads(ops.Call.of(node, small.graph))
    for output, relation in zip(node.outputs, relations, strict=False):
        ways = [way for name, way in zip(node.inputs, relation, strict=False) if name in small.found]
        if not output or not any(ways):  # absent, or made from shapes alone, as Dropout's mask
            continue
        if len(ways) != 1 or len(ways[0]) != 1:
            raise refused(node, "it reads its input in several ways")
        way = ways[0][0]
        if isinstance(way, Reshaped):
            _reshaped(small, node, grouped, output)
        elif operator.nature is Nature.MOVES and _keeps_places(small, grouped, way, output):
            _selected(small, node, grouped, output, way)
        else:
            _applied(small, node, grouped, output, way)


def _is_same(read: AxisRead | None, axis: int) -> bool:
    return read is not None and read.axis == axis and read.map == IDENTITY and read.only is None


def _keeps_places(small: Small, grouped: Grouped, way: Reads, output: str) -> bool:
    """Whether every spatial axis goes over as it is, and whole, if to another place."""
    shape = full_shape(small, grouped)
    carried = [
        read.axis
        for read, length in zip(way.axes, small.graph.shape(output), strict=True)
        if read is not None and _is_same(read, read.axis) and shape[read.axis] == length
    ]
    return all(axis in carried for axis, place in enumerate(grouped.places) if place)


def _selected(small: Small, node: Node, grouped: Grouped, output: str, way: Reads) -> None:
    """Free axes that are permuted, sliced or gathered: the same selection of classes."""
    order = [read.axis for read in way.axes if read is not None]
    free = free_axes(grouped.places)
    dropped = [axis for axis in free if axis not in order]
    shape = small.graph.shape(output)
    if len(order) != len(way.axes) or any(grouped.classes.shape[free.index(axis)] != 1 for axis in dropped):
        raise refused(node, "it repeats or drops part of an axis")
    classes = grouped.classes.squeeze(tuple(free.index(axis) for axis in dropped))
    kept = [axis for axis in free if axis in order]
    chosen = [axis for axis in order if axis in kept]
    classes = classes.transpose([kept.index(axis) for axis in chosen])
    free_reads = [(read, n) for read, n in zip(way.axes, shape, strict=True) if read and not grouped.places[read.axis]]
    for position, (read, length) in enumerate(free_reads):
        classes = classes.take(_single_indices(node, read, length, classes.shape[position]), axis=position)
    small.rearranged(output, grouped, tuple(grouped.places[axis] for axis in order), classes)


def _single_indices(node: Node, read: AxisRead, length: int, available: int) -> Classes:
    """The one index that each output reads."""
    found = []
    for i in range(length):
        elements = read.map.at(i).elements() if read.only is None or read.only[0] <= i <= read.only[1] else ()
        landed = [read.border.landing(element, available) for element in elements]
        if len(landed) != 1 or landed[0] is None:
            raise refused(node, "an element of a free axis is no copy of one element")
        found.append(landed[0])
    return np.asarray(found, np.int64)


def _applied(small: Small, node: Node, grouped: Grouped, output: str, way: Reads) -> None:
    """A spatial operator that treats every channel by itself runs as it is."""
    out = small.graph.shape(output)
    kept = all(_is_same(read, axis) for axis, read in enumerate(way.axes[:2])) and out[:2] == grouped.classes.shape
    if not grouped.is_plain or not kept:
        raise refused(node, "it mixes channels with places")
    count = small.count(grouped)
    small.made(output, plain(len(out)), grouped.classes, count, out[2:])
    if output == node.outputs[0]:  # one node makes all outputs
        fixed = {name: _per_axis(small, node, name, count) for name in node.inputs if name not in small.found}
        small.nodes.append(replace(node, inputs=tuple(fixed.get(name, grouped.value) for name in node.inputs)))


def _per_axis(small: Small, node: Node, name: str, count: int) -> str:
    """A constant input; the sizes of a Resize name the number of channels, which is another now."""
    if node.op != "Resize" or len(node.inputs) < 4 or name != node.inputs[3]:
        return name
    sizes = small.graph.constants[name].copy()
    if "axes" in node.attributes:
        return name
    sizes[:2] = 1, count
    return small.constant(f"{node.outputs[0]}:sizes", sizes)


def _reshaped(small: Small, node: Node, grouped: Grouped, output: str) -> None:
    """A reshape that leaves spatial axes whole, or joins neighbouring ones into one, or parts these again."""
    old, new = full_shape(small, grouped), small.graph.shape(output)
    places: list[tuple[int, ...]] = []
    extents = small.extents(grouped)
    for before, after in _runs(old, new):
        carried = sum((grouped.places[axis] for axis in before), ())
        if not carried:
            places += [()] * len(after)
        elif prod(extents[i] for i in carried) != prod(old[axis] for axis in before):
            raise refused(node, "it mixes channels with places")
        elif len(after) == 1:
            places.append(carried)
        else:
            places += _parted(node, carried, [extents[i] for i in carried], [new[axis] for axis in after])
    free = tuple(n for n, place in zip(new, places, strict=True) if not place)
    small.rearranged(output, grouped, tuple(places), grouped.classes.reshape(free))


def full_shape(small: Small, grouped: Grouped) -> Shape:
    """Shape of the full tensor."""
    free, extents = iter(grouped.classes.shape), small.extents(grouped)
    return tuple(prod(extents[i] for i in place) if place else next(free) for place in grouped.places)


def _parted(node: Node, carried: tuple[int, ...], extents: list[int], lengths: list[int]) -> Places:
    """The spatial axes one by one again; axes of length one between them are free."""
    found: list[tuple[int, ...]] = []
    waiting = list(zip(carried, extents, strict=True))
    for length in lengths:
        if waiting and waiting[0][1] == length:
            found.append((waiting.pop(0)[0],))
        elif length == 1:
            found.append(())
        else:
            raise refused(node, "it splits a spatial axis")
    if waiting:
        raise refused(node, "it splits a spatial axis")
    return tuple(found)


def _runs(old: Shape, new: Shape) -> list[tuple[list[int], list[int]]]:
    """The shortest runs of axes with equal numbers of elements, from the front; ones left over join the last."""
    runs: list[tuple[list[int], list[int]]] = []
    i = j = 0
    while i < len(old) or j < len(new):
        if i == len(old) or j == len(new):
            runs[-1][0].extend(range(i, len(old)))
            runs[-1][1].extend(range(j, len(new)))
            break
        before, after = [i], [j]
        a, b = old[i], new[j]
        i, j = i + 1, j + 1
        while a != b:
            if a < b:
                a, i = a * old[i], i + 1
                before.append(i - 1)
            else:
                b, j = b * new[j], j + 1
                after.append(j - 1)
        runs.append((before, after))
    return runs


def _concatenated(small: Small, node: Node) -> None:
    names = list(node.inputs)
    data = [small.found[name] for name in names if name in small.found]
    out = node.outputs[0]
    shape = small.graph.shape(out)
    axis = int(node.attributes["axis"]) % len(shape)
    if len(data) != len(names) or len({grouped.places for grouped in data}) != 1:
        raise refused(node, "it joins constants, or tensors whose axes lie differently")
    places = data[0].places
    if not places[axis]:
        offsets = np.cumsum([0, *(small.count(grouped) for grouped in data)])
        classes = [grouped.classes + offset for grouped, offset in zip(data, offsets, strict=False)]
        joined = np.concatenate(classes, axis=free_axes(places).index(axis))
        values, count, place = [grouped.value for grouped in data], int(offsets[-1]), 1
    elif len(places[axis]) == 1:
        values, joined, count = small.aligned(out, [(grouped, grouped.classes) for grouped in data])
        place = 2 + places[axis][0]
    else:
        raise refused(node, "it joins tensors along several spatial axes at once")
    extents = list(small.extents(data[0]))
    if place > 1:
        extents[place - 2] = sum(small.extents(grouped)[place - 2] for grouped in data)
    small.made(out, places, joined, count, tuple(extents))
    small.nodes.append(replace(node, inputs=tuple(values), attributes=MappingProxyType({"axis": place})))


def _space_to_depth(small: Small, node: Node) -> None:
    """Channel p * C + c of the output is phase p of channel c."""
    grouped, out = small.one(node), node.outputs[0]
    if not grouped.is_plain:
        raise refused(node, "its input is not [batch, channels, spatial ...]")
    phases, count = int(node.attributes["blocksize"]) ** 2, small.count(grouped)
    classes = np.concatenate([grouped.classes + phase * count for phase in range(phases)], axis=1)
    small.made(out, grouped.places, classes, count * phases, small.graph.shape(out)[2:])
    small.nodes.append(replace(node, inputs=(grouped.value,)))


def _depth_to_space(small: Small, node: Node) -> None:
    """A class per combination of the classes that an output channel's phases come from."""
    grouped, out = small.one(node), node.outputs[0]
    if not grouped.is_plain:
        raise refused(node, "its input is not [batch, channels, spatial ...]")
    phases = int(node.attributes["blocksize"]) ** 2
    batch, channels, *extents = small.graph.shape(out)
    phase_first = node.attributes.get("mode", "DCR") in ("DCR", b"DCR")
    split = (batch, phases, channels) if phase_first else (batch, channels, phases)
    table = grouped.classes.reshape(split)
    by_phase = table if phase_first else table.transpose(0, 2, 1)
    distinct, kinds = np.unique(by_phase.transpose(0, 2, 1).reshape(-1, phases), axis=0, return_inverse=True)
    order = (distinct.T if phase_first else distinct).ravel()
    source = small.chosen(f"{out}:phases", grouped, order)
    small.made(out, grouped.places, kinds.reshape(batch, channels), len(distinct), tuple(extents))
    small.nodes.append(replace(node, inputs=(source,)))
