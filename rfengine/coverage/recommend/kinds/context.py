"""Spatial pyramid pooling before the heads that fall short (SPP as in YOLOv3-SPP, after He et al. 2015)."""

from collections.abc import Iterator

import onnx
from onnx import helper

from rfengine.coverage.recommend.inserts import Build, family, inserting, places, where
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import Layers
from rfengine.coverage.recommend.trial import Family, Trial, proposes

POOLS = ((5,), (5, 9), (5, 9, 13))


@proposes("context")
def context(subject: Subject) -> Iterator[Family]:
    """Maxima over 5, 9 and 13 units, joined with what they are taken of."""
    pools = POOLS if places(subject) else ()
    return family(subject, "context", ((max(sizes) // 2, _trial(subject, sizes)) for sizes in pools))


def _trial(subject: Subject, pools: tuple[int, ...]) -> Trial:
    found = places(subject)
    sizes = "/".join(map(str, pools))
    return Trial(
        title=f"SPP {sizes} {where(found)}",
        how=f"Put spatial pyramid pooling {where(found)}: 1x1 convolution to half the channels, max pools {sizes} "
        "of stride 1 joined with it, 1x1 convolution back; then train.",
        change={"pools": [[], list(pools)], "at": [place.map for place in found]},
        layer=found[0].map,
        edit=inserting(subject, found, _pyramid(pools)),
        inserts_weights=True,
    )


def _pyramid(pools: tuple[int, ...]) -> Build:
    def build(layers: Layers, made: str, source: str, channels: int) -> list[onnx.NodeProto]:
        half, narrow, joined = max(1, channels // 2), f"{made}/narrow", f"{made}/joined"
        parts, nodes = [narrow], layers.convolution(narrow, source, (half, channels, 1, 1), relu=True)
        for k in pools:
            pooled = f"{made}/pool{k}"
            nodes.append(
                helper.make_node(
                    "MaxPool", [narrow], [pooled], name=pooled, kernel_shape=[k, k], strides=[1, 1], pads=[k // 2] * 4
                )
            )
            parts.append(pooled)
        nodes.append(helper.make_node("Concat", parts, [joined], name=joined, axis=1))
        return [*nodes, *layers.convolution(made, joined, (channels, half * len(parts), 1, 1), relu=True)]

    return build
