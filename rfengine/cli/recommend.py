"""`rfengine recommend`: changes to a detector that would meet its policy, tried out here or on a server."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError
from rich.console import Console

from api_schemas.catalogue import Analysis
from api_schemas.faults import faults
from api_schemas.recommend import KINDS, RecommendOptions
from api_schemas.report import Report
from api_schemas.spec_fields import nearest
from rfengine.cli.check import Check, ask, here
from rfengine.cli.policy import load_policy
from rfengine.errors import BadInput


@dataclass(frozen=True)
class Wanted:
    """What the command's own flags say; None: not given."""

    kinds: str | None = None
    at_most: int | None = None
    trials: int | None = None


def run(check: Check, wanted: Wanted, console: Console) -> Report:
    """Check, look for changes, and give the report of both.

    Raises:
        BadInput: the model, the policy or the objects are not as they should be, or a flag does not fit.
        RfengineError: any other of its kinds.
        ServerError: the server is away, or it or the job answered with a problem.
    """
    from rfengine.cli.analyze import run_there

    question = ask(check, load_policy(check.policy), (Analysis.COVERAGE, Analysis.RECOMMEND))
    options = options_of(question.request.recommend, wanted)
    question = replace(question, request=question.request.model_copy(update={"recommend": options}))
    if check.server:
        return run_there(question, check.out, console, check.server)
    return here(check, question, console)


def options_of(given: RecommendOptions, wanted: Wanted) -> RecommendOptions:
    """The options with the flags, which win.

    Raises:
        BadInput: a flag that does not fit; the message names it.
    """
    fields: dict[str, Any] = {name: value for name, value in given if value is not None}
    if wanted.kinds is not None:
        fields["kinds"] = _kinds(wanted.kinds)
    fields |= {name: value for name in ("at_most", "trials") if (value := getattr(wanted, name)) is not None}
    try:
        return RecommendOptions.model_validate(fields)
    except ValidationError as error:
        found = faults(error, fields, whole="recommend", model=RecommendOptions)
        said = (f"--{fault.location.replace('_', '-')}: {fault.message}" for fault in found)
        raise BadInput("; ".join(said)) from error


def helps(report: Report) -> bool:
    """Whether the policy is met, or one of the changes would meet it."""
    changes = report.recommend.recommendations if report.recommend is not None else []
    passes = report.coverage is not None and report.coverage.verdict == "pass"
    return passes or any(change.verdict == "pass" for change in changes)


def _kinds(words: str) -> Sequence[str]:
    kinds = [word.strip().replace("-", "_") for word in words.split(",") if word.strip()]
    for kind in kinds:
        if kind not in KINDS:
            raise BadInput(f"--kinds {words}: no such kind of change: '{kind}'; {nearest(kind, KINDS)}")
    return tuple(dict.fromkeys(kinds))
