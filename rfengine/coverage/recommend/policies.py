"""The policy of a network with one head more or less: who then answers for which objects."""

from typing import Any

from api_schemas.policy import EVERY_HEAD, CoveragePolicy, HeadRule
from api_schemas.policy_assignment import Anchors, Assignment, Fcos, SizeRanges
from rfengine.coverage.heads import Head
from rfengine.coverage.recommend.subject import Subject


def without_head(policy: CoveragePolicy, heads: tuple[Head, ...], gone: Head) -> CoveragePolicy:
    """The policy without a head: its neighbour takes its objects where sizes are shared out, and by size ranges nobody.

    Heads that were named one by one are named by what is left of them.
    """
    kept = tuple(head for head in heads if head is not gone)
    rules = policy.heads
    if rules != EVERY_HEAD:
        rules = tuple(rule for rule in rules if not _is_only(rule, gone))
    per_head = {name: rule for name, rule in policy.per_head.items() if name != gone.name}
    assign: Assignment = policy.assign
    if isinstance(assign, Fcos):
        place = heads.index(gone)
        edges = list(assign.boundaries)
        del edges[min(place, len(edges) - 1)]
        assign = Fcos(boundaries=tuple(edges))
    elif isinstance(assign, SizeRanges):
        ranges = {name: span for name, span in assign.ranges.items() if name != gone.name}
        assign = assign.model_copy(update={"ranges": ranges})
    elif isinstance(assign, Anchors):
        anchors = {name: boxes for name, boxes in assign.anchors.items() if name != gone.name}
        assign = assign.model_copy(update={"anchors": anchors})
    return policy.model_copy(update={"heads": rules if kept else (), "per_head": per_head, "assign": assign})


def _is_only(rule: HeadRule, head: Head) -> bool:
    """Whether a rule names this head and no other."""
    if rule.stride is not None:
        return rule.stride in head.stride
    return rule.name == head.name or rule.tensor in head.tensors


def with_head(subject: Subject, name: str, pattern: str, *, coarser: bool) -> CoveragePolicy:
    """The policy with a further head: `name`, the tensors like `pattern`, beyond the coarsest or before the finest.

    It takes the objects that its neighbour's fields or strides do not suit, and anchors of twice or half the size.
    """
    policy, heads = subject.policy, subject.result.heads
    rules = policy.heads
    if rules != EVERY_HEAD:
        rules = (*rules, HeadRule(name=name, pattern=pattern))
    beside = heads[-1 if coarser else 0]
    assign = _assigned(policy.assign, name, beside.name, beside.largest_px if coarser else beside.smallest_px, coarser)
    return policy.model_copy(update={"heads": rules, "assign": assign})


def _assigned(assign: Any, name: str, beside: str, edge: float | None, coarser: bool) -> Assignment:
    if isinstance(assign, Fcos) and assign.boundaries:
        edges = assign.boundaries
        more = (*edges, 2 * edges[-1]) if coarser else (edges[0] / 2, *edges)
        return Fcos(boundaries=more)
    if isinstance(assign, SizeRanges) and beside in assign.ranges and edge is not None:
        low, high = assign.ranges[beside]
        if low < edge and (high is None or edge < high):
            spans = {beside: (low, edge), name: (edge, high)} if coarser else {beside: (edge, high), name: (low, edge)}
            return assign.model_copy(update={"ranges": {**assign.ranges, **spans}})
    if isinstance(assign, Anchors) and beside in assign.anchors:
        times = 2.0 if coarser else 0.5
        boxes = tuple((times * width, times * height) for width, height in assign.anchors[beside])
        return assign.model_copy(update={"anchors": {**assign.anchors, name: boxes}})
    return assign  # type: ignore[no-any-return]
