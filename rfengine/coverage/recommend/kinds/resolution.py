"""Another input size: objects scale with it, fields and strides do not."""

import math
from collections.abc import Iterator

from api_schemas.policy import CoveragePolicy
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.trial import Family, Trial, proposes

LEAST, MOST = 0.5, 2.0
# Boxes are px of the network's input then, whatever its size.
NO_EFFECT = "resolution: resize is none"


@proposes("resolution")
def resolution(subject: Subject) -> Iterator[Family]:
    """Multiples of the coarsest stride, from half to twice the size, nearest first."""
    if subject.policy.input.resize == "none":
        yield Family((), why=NO_EFFECT)
        return
    height, width = subject.analysed.canvas
    step = math.ceil(max(max(head.stride) for head in subject.analysed.heads))
    longest = max(height, width)
    sides = range(step, int(MOST * longest) + 1, step)
    smaller = [side for side in reversed(sides) if LEAST * longest <= side < longest]
    larger = [side for side in sides if side > longest]
    if subject.passes:
        yield Family(tuple(_trial(subject, side, step) for side in smaller), saves=True)
        return
    clipped = any(failure.code == "clipped" for failure in subject.result.failures)
    if subject.short or subject.binds & {"no_head", "cut"}:
        yield Family(tuple(_trial(subject, side, step) for side in smaller), grows=False)
    if clipped or subject.binds & {"stride", "no_head", "cut"}:
        yield Family(tuple(_trial(subject, side, step) for side in larger), grows=False)


def _trial(subject: Subject, longest: int, step: int) -> Trial:
    before = subject.analysed.canvas
    after = tuple(_side(side * longest / max(before), step) for side in before)
    image, policy = subject.analysed.image, subject.policy
    shape = (*subject.analysed.graph.shape(image)[:2], *after)
    said = f"{after[0]} x {after[1]}"
    resized = _resized(policy, longest / max(before))
    edge = f" (shortest {resized.input.shortest} px)" if resized is not None else ""
    return Trial(
        title=f"input of {said} px instead of {before[0]} x {before[1]}{edge}",
        how=f"Train and run the network at {said} px{edge}; its layers stay as they are, and objects become "
        f"{longest / max(before):.2g} times as large for it.",
        change={"input": [list(before), list(after)]},
        layer=image,
        input_shape={image: shape},
        policy=resized,
        keeps="strides",
    )


def _side(length: float, step: int) -> int:
    return max(step, step * round(length / step))


def _resized(policy: CoveragePolicy, times: float) -> CoveragePolicy | None:
    """The policy with its edges scaled too, where these and not the input's size say how images are resized."""
    rule = policy.input
    if rule.shortest is None:
        return None
    longest = None if rule.longest is None else max(1, round(rule.longest * times))
    shortest = max(1, round(rule.shortest * times))
    return policy.model_copy(update={"input": rule.model_copy(update={"shortest": shortest, "longest": longest})})
