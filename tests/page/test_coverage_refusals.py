"""Requirements that the engine would refuse are said to be so in the page, and no others: a law over random cases."""

import base64
import io
from collections import Counter
from typing import Any

import numpy as np
from playwright.sync_api import Page
from pydantic import ValidationError

from api_schemas.policy import CoveragePolicy
from rfengine.coverage.check import check
from rfengine.coverage.rows import object_rows
from rfengine.errors import BadInput
from tests.page.browser import in_module
from tests.page.test_coverage_law import CANVAS, EVALUATE, Draw

CASES = 150


def bold(draw: Draw) -> CoveragePolicy | None:
    """A policy as a reader may make one who tries things out; None where it is not even well formed."""
    words = draw.policy().model_dump(mode="json")
    require, heads = words["require"], words["per_head"].values()
    for rules in [require, *heads]:
        rules |= {"clipped": 0} if draw.maybe(0.4) else {}
        rules |= {"covered": draw.choice([0.01, 0.5, 0.9])} if draw.maybe(0.3) else {}
        rules |= {"trf": None} if draw.maybe(0.2) else {}
        if rules["trf"]:
            rules["trf"]["at_least"] *= draw.choice([1, 8])
            rules["trf"]["upper_bound"] = draw.choice(["accept", "accept", "refuse"])
    require["bins"] = {name: 0.5 for name in words["bins"] if draw.maybe(0.2)}
    try:
        return CoveragePolicy.model_validate(words)
    except ValidationError:
        return None


def case(seed: int) -> tuple[dict[str, Any], str | None] | None:
    """The rows of one check and the policy of another, and what the engine has against it, if anything."""
    draw = Draw(seed)
    heads, objects, first, other = draw.heads(), draw.objects(), draw.policy(), bold(draw)
    if other is None:
        return None
    other = other.model_copy(update={"input": first.input, "assign": first.assign})
    try:
        found, checked = check(first, objects, heads, CANVAS)
    except BadInput:
        return None
    packed = io.BytesIO()
    np.savez(packed, **object_rows(first, objects, heads, checked, CANVAS))  # type: ignore[arg-type]
    asked = {
        "npz": base64.b64encode(packed.getvalue()).decode(),
        "heads": [head.model_dump(mode="json") | {"erf_energy": 95} for head in found.heads],
        "policy": other.model_dump(mode="json"),
        "canvas": CANVAS,
    }
    try:
        check(other, objects, heads, CANVAS)
    except BadInput as error:
        return asked, str(error)
    return asked, None


def kind(message: str) -> str:
    """Which of the engine's refusals a message is."""
    words = ("nothing is asked", "an upper bound", "no object goes to", "no object is of that size", "clipped 0 keeps")
    return next(each for each in words if each in message)


def test_the_page_knows_what_the_engine_refuses(modules: Page, static: str) -> None:
    cases = [each for each in map(case, range(CASES)) if each is not None]
    answers = in_module(modules, static + "js/coverage/evaluate.js", EVALUATE, [asked for asked, _ in cases])
    for at, (answer, (_, refusal)) in enumerate(zip(answers, cases, strict=True)):
        assert bool(answer["refused"]) == (refusal is not None), f"case {at}: {refusal}, {answer['refused']}"
    seen = Counter(kind(refusal) for _, refusal in cases if refusal)
    assert len(seen) == 5, seen  # every refusal was tried
    assert len(cases) - sum(seen.values()) > 20
