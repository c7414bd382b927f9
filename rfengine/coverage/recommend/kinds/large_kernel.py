"""A large depthwise kernel before the heads that fall short (RepLKNet, Ding et al. 2022)."""

from collections.abc import Iterator

import onnx
from onnx import helper

from rfengine.coverage.recommend.inserts import NO_MAP, Build, inserting, places, where
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import Layers
from rfengine.coverage.recommend.trial import Family, Trial, proposes

KERNELS = (7, 13, 21, 31)


@proposes("large_kernel")
def large_kernel(subject: Subject) -> Iterator[Family]:
    """One depthwise convolution and a 1x1, added to what comes in."""
    if subject.short:
        found = tuple(_trial(subject, kernel) for kernel in KERNELS) if places(subject) else ()
        yield Family(found, why=f"large_kernel: {NO_MAP}")


def _trial(subject: Subject, kernel: int) -> Trial:
    found = places(subject)
    return Trial(
        title=f"depthwise {kernel} x {kernel} {where(found)}",
        how=f"Put a block in {where(found)}: depthwise {kernel} x {kernel} convolution (padding {kernel // 2}), "
        "activation, 1x1 convolution, added to what came in; then train, with a small kernel beside the large one.",
        change={"kernel": [None, [kernel, kernel]], "at": [place.map for place in found]},
        layer=found[0].map,
        edit=inserting(subject, found, _block(kernel)),
        inserts_weights=True,
    )


def _block(kernel: int) -> Build:
    def build(layers: Layers, made: str, source: str, channels: int) -> list[onnx.NodeProto]:
        deep, mixed = f"{made}/depthwise", f"{made}/mixed"
        return [
            *layers.convolution(deep, source, (channels, 1, kernel, kernel), groups=channels, relu=True),
            *layers.convolution(mixed, deep, (channels, channels, 1, 1)),
            helper.make_node("Add", [source, mixed], [made], name=made),
        ]

    return build
