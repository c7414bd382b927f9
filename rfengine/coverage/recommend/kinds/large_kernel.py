"""A large depthwise kernel before the heads that fall short (RepLKNet, Ding et al. 2022)."""

from collections.abc import Iterator

import onnx
from onnx import helper

from rfengine.coverage.recommend.inserts import Build, family, inserting, places, where
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import Layers
from rfengine.coverage.recommend.trial import Family, Trial, proposes

# Kernel, and how many blocks of it.
SIZES = ((7, 1), (13, 1), (21, 1), (31, 1), (31, 2))


@proposes("large_kernel")
def large_kernel(subject: Subject) -> Iterator[Family]:
    """Depthwise convolutions, each with a 1x1 and added to what comes in."""
    sizes = SIZES if places(subject) else ()
    return family(subject, "large_kernel", ((k // 2, _trial(subject, k, count)) for k, count in sizes))


def _trial(subject: Subject, kernel: int, count: int) -> Trial:
    found = places(subject)
    times, blocks = ("", "a block") if count == 1 else (f"{count} times ", f"{count} blocks")
    return Trial(
        title=f"{times}depthwise {kernel} x {kernel} {where(found)}",
        how=f"Put {blocks} {where(found)}: depthwise {kernel} x {kernel} convolution (padding {kernel // 2}), "
        "activation, 1x1 convolution, added to what came in; then train, with a small kernel beside the large one.",
        change={"kernel": [None, [kernel, kernel]], "blocks": [0, count], "at": [place.map for place in found]},
        layer=found[0].map,
        edit=inserting(subject, found, _blocks(kernel, count)),
        inserts_weights=True,
    )


def _blocks(kernel: int, count: int) -> Build:
    def build(layers: Layers, made: str, source: str, channels: int) -> list[onnx.NodeProto]:
        nodes, value = [], source
        for number in range(1, count + 1):
            name = made if number == count else f"{made}/{number}"
            deep, mixed = f"{made}/depthwise{number}", f"{made}/mixed{number}"
            nodes += layers.convolution(deep, value, (channels, 1, kernel, kernel), groups=channels, relu=True)
            nodes += layers.convolution(mixed, deep, (channels, channels, 1, 1))
            nodes.append(helper.make_node("Add", [value, mixed], [name], name=name))
            value = name
        return nodes

    return build
