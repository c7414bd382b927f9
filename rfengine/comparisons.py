"""Pictures of several effective fields beside each other: one unit by estimator, one estimator over depth."""

from collections.abc import Mapping, Sequence
from math import prod

from rfengine import ops
from rfengine.graph import Graph
from rfengine.metrics import Curve, profiles
from rfengine.ops import Nature
from rfengine.pictures import Album, Estimate
from rfengine.plots import DepthProfile, DepthSize

# So many depths make a series worth a picture.
FEWEST_DEPTHS = 3


def draw_comparisons(
    album: Album, graph: Graph, drawn: Sequence[Estimate], levels: Mapping[str, Sequence[float]]
) -> None:
    """All comparisons that some estimates allow, each target by its first unit.

    Args:
        album: where the pictures go.
        graph: the network.
        drawn: the estimates, first units first.
        levels: by estimator, the levels of its radii.
    """
    by_target: dict[str, list[Estimate]] = {}
    for estimate in drawn:
        same = by_target.setdefault(estimate.erf.unit.target, [])
        is_first_unit = all(other.erf.unit.index == estimate.erf.unit.index for other in same)
        if is_first_unit and estimate.estimator not in [other.estimator for other in same]:
            same.append(estimate)
    for estimates in by_target.values():
        if len(estimates) > 1 and len({estimate.erf.unit.canvas for estimate in estimates}) == 1:
            album.estimators(estimates)
    firsts = [estimate for estimates in by_target.values() for estimate in estimates]
    depths = weighted_depths(graph)
    for name in dict.fromkeys(estimate.estimator for estimate in firsts):
        series = {depths[e.erf.unit.target]: e for e in firsts if e.estimator == name and depths[e.erf.unit.target]}
        if len(series) >= FEWEST_DEPTHS:
            _draw_over_depth(album, name, series, levels[name])


def weighted_depths(graph: Graph) -> dict[str, int]:
    """Per tensor, the layers with weights on the longest way to it."""
    found = dict.fromkeys(graph.inputs, 0)
    for node in graph.nodes:
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        deepest = max((found.get(name, 0) for name in node.inputs), default=0)
        found |= dict.fromkeys(filter(None, node.outputs), deepest + (operator.nature is Nature.WEIGHS))
    return found


def _draw_over_depth(album: Album, name: str, series: Mapping[int, Estimate], levels: Sequence[float]) -> None:
    words = next(iter(series.values())).computed
    layers, sizes = [], []
    for depth, estimate in sorted(series.items()):
        erf = estimate.erf
        curve = profiles(erf.values, erf.unit.centre).axes[-1]
        shares = Curve(curve.distance, curve.value / erf.values.max())
        layers.append(DepthProfile(erf.unit.target, depth, shares))
        metrics, trf = estimate.entry.metrics, prod(erf.unit.trf) ** (1 / len(erf.unit.trf))
        sizes.append(DepthSize(depth, trf, metrics.luo_size, metrics.energy_side))
    album.depth_profiles(name, layers, title=f"Effective field over depth ({name})", notes=[words], levels=levels[:4])
    album.depth_sizes(name, sizes, title=f"Sizes over depth ({name})", notes=[words])
