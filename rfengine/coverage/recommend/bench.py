"""Trying changes out: each one is made, imported, analysed and checked like a network of its own."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import onnx

from api_schemas.coverage import CoverageResult
from api_schemas.policy import CoveragePolicy
from rfengine.costs import Costs, costs_of
from rfengine.coverage.check import check
from rfengine.coverage.heads import Head
from rfengine.coverage.objects.table import ObjectTable
from rfengine.coverage.recommend.analysed import Analysed, Analyser
from rfengine.coverage.recommend.constants import AddWeight
from rfengine.coverage.recommend.trial import Family, Trial
from rfengine.errors import KINDS, BadInput, NotEstimable, OperatorFailed
from rfengine.graph import Shape

NO_BETTER = "no better"
SPENT = "trials spent"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a changed network came to."""

    heads: tuple[Head, ...]
    result: CoverageResult
    costs: Costs

    @property
    def passes(self) -> bool:
        """Whether the policy is met."""
        return self.result.verdict == "pass"


@dataclass(eq=False)
class Bench:
    """Where changes are tried; it counts them.

    Args:
        fresh: a copy of the model that an edit may change.
        add: what adds weights to it.
        analysed: what analyses a model.
        policy, table: the check.
        heads: of the network as it is.
        input_shape: shapes of inputs.
        left: how many may still be tried.
    """

    fresh: Callable[[], onnx.ModelProto]
    add: AddWeight
    analysed: Analyser
    policy: CoveragePolicy
    table: ObjectTable
    input_shape: Mapping[str, Shape]
    heads: tuple[Head, ...] = ()
    left: int = 1
    tried: int = 0
    left_out: Counter[str] = field(default_factory=Counter)

    def changed(self, trial: Trial) -> Analysed:
        """The network that a change makes.

        Raises:
            BadInput: it is not valid.
        """
        model = self.fresh()
        if trial.edit is not None:
            trial.edit(model, self.add)
        data = bytes(model.SerializeToString())
        del model
        return self.analysed(data, {**self.input_shape, **trial.input_shape}, trial.policy or self.policy)

    def outcome(self, trial: Trial) -> Outcome:
        """What the network that a change makes comes to.

        Raises:
            BadInput: it is not valid, or the policy cannot be checked on it.
        """
        analysed, policy = self.changed(trial), trial.policy or self.policy
        result, _ = check(policy, self.table, analysed.heads, analysed.canvas)
        return Outcome(analysed.heads, result, costs_of(analysed.graph))

    def tries(self, trial: Trial) -> Outcome | None:
        """The same, counted; None where it cannot be analysed, its heads are not as they must be, or no more may be
        tried."""
        if self.left <= 0:
            self.left_out[SPENT] += 1
            return None
        self.left -= 1
        self.tried += 1
        try:
            outcome = self.outcome(trial)
        except (BadInput, NotEstimable, OperatorFailed) as error:
            self.left_out[f"not analysable ({KINDS[type(error)].slug})"] += 1
            return None
        if _kept(trial.keeps, self.heads, outcome.heads):
            return outcome
        self.left_out[f"changes the {trial.keeps} of the heads"] += 1
        return None


def _kept(what: str, before: tuple[Head, ...], after: tuple[Head, ...]) -> bool:
    if what == "grids":
        return [(h.name, h.units, h.stride) for h in before] == [(h.name, h.units, h.stride) for h in after]
    return what == "nothing" or [head.stride for head in before] == [head.stride for head in after]


Found = tuple[Trial, Outcome]


def best_of(family: Family, bench: Bench, before: Outcome) -> Found | None:
    """The strength of a change to show: the least that suffices, or of one that saves the greatest that harms nothing.

    None: no strength helps.
    """
    if family.saves:
        found = _strongest_harmless(family, bench, before)
    elif family.grows:
        found = _bisected(family, bench, before)
    else:
        found = _in_order(family, bench, before)
    return found


def _better(outcome: Outcome | None, before: Outcome) -> bool:
    """Whether more is covered, or the check passes now and nothing less is covered for that."""
    if outcome is None or outcome.result.share < before.result.share:
        return False
    return outcome.result.share > before.result.share or (outcome.passes and not before.passes)


def _in_order(family: Family, bench: Bench, before: Outcome) -> Found | None:
    """The first that passes, else the first that covers most."""
    best: Found | None = None
    for trial in family.trials:
        outcome = bench.tries(trial)
        if outcome is None:
            continue
        if not _better(outcome, before):
            bench.left_out[NO_BETTER] += 1
        elif outcome.passes:
            return trial, outcome
        elif best is None or outcome.result.share > best[1].result.share:
            best = trial, outcome
    return best


def _bisected(family: Family, bench: Bench, before: Outcome) -> Found | None:
    """The weakest that is as good as the strongest."""
    *weaker, strongest = family.trials
    outcome = bench.tries(strongest)
    while outcome is None and weaker:
        *weaker, strongest = weaker
        outcome = bench.tries(strongest)
    if outcome is None or not _better(outcome, before):
        bench.left_out[NO_BETTER] += outcome is not None
        return None
    low, high, found = 0, len(weaker), (strongest, outcome)
    while low < high:
        middle = (low + high) // 2
        tried = bench.tries(weaker[middle])
        if tried is not None and tried.passes == outcome.passes and tried.result.share >= _enough(outcome):
            high, found = middle, (weaker[middle], tried)
        else:
            low = middle + 1
    return found


def _enough(outcome: Outcome) -> float:
    """The share that a weaker change must reach: any where the check passes."""
    return 0.0 if outcome.passes else outcome.result.share


def _strongest_harmless(family: Family, bench: Bench, before: Outcome) -> Found | None:
    """The last before one that makes the verdict or the share worse, if it saves anything."""
    found: Found | None = None
    for trial in family.trials:
        outcome = bench.tries(trial)
        if outcome is None:
            continue
        if outcome.result.verdict != before.result.verdict or outcome.result.share < before.result.share:
            bench.left_out[NO_BETTER] += 1
            break
        if outcome.costs.multiply_adds < before.costs.multiply_adds:
            found = trial, outcome
    return found
