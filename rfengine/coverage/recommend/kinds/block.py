"""Residual blocks before the heads that fall short."""

from collections.abc import Iterator

import onnx
from onnx import helper

from rfengine.coverage.recommend.inserts import Build, family, inserting, places, where
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import Layers
from rfengine.coverage.recommend.trial import Family, Trial, proposes

MOST = 8


@proposes("block")
def block(subject: Subject) -> Iterator[Family]:
    """One to eight bottlenecks, 1x1 to half the width and 3x3 back (Redmon and Farhadi 2018)."""
    counts = range(1, MOST + 1) if places(subject) else ()
    return family(subject, "block", ((1, _trial(subject, count)) for count in counts))


def _trial(subject: Subject, count: int) -> Trial:
    found = places(subject)
    blocks = "1 residual block" if count == 1 else f"{count} residual blocks"
    return Trial(
        title=f"{blocks} {where(found)}",
        how=f"Put {blocks} {where(found)}: 1x1 convolution to half the channels, 3x3 back, each with activation, "
        "added to what came in; then train.",
        change={"blocks": [0, count], "at": [place.map for place in found]},
        layer=found[0].map,
        edit=inserting(subject, found, _blocks(count)),
        inserts_weights=True,
    )


def _blocks(count: int) -> Build:
    def build(layers: Layers, made: str, source: str, channels: int) -> list[onnx.NodeProto]:
        nodes, value, inner = [], source, max(1, channels // 2)
        for number in range(1, count + 1):
            name = made if number == count else f"{made}/{number}"
            narrow, wide = f"{name}/narrow-{number}", f"{name}/wide-{number}"
            nodes += layers.convolution(narrow, value, (inner, channels, 1, 1), relu=True)
            nodes += layers.convolution(wide, narrow, (channels, inner, 3, 3), relu=True)
            nodes.append(helper.make_node("Add", [value, wide], [name], name=name))
            value = name
        return nodes

    return build
