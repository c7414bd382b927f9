"""Changes that would help a detector, each found by analysing the changed network, best first."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import onnx

from api_schemas.policy import CoveragePolicy
from api_schemas.recommend import KINDS, FieldChange, Kind, Recommendation, RecommendOptions, RecommendResult
from rfengine.costs import Costs, costs_of
from rfengine.coverage.check import check
from rfengine.coverage.objects.table import ObjectTable
from rfengine.coverage.recommend.analysed import Analyser, by_fields
from rfengine.coverage.recommend.bench import NO_BETTER, Bench, Outcome, best_of
from rfengine.coverage.recommend.constants import add_array, add_fill, lighten
from rfengine.coverage.recommend.draft import Outputs, cut, ends, read
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.trial import Trial, proposals
from rfengine.errors import SelfCheckFailed
from rfengine.graph import Shape

# More changes of one kind that make the check pass are not looked for.
ENOUGH = 3

Progress = Callable[[str, float], None]


@dataclass(frozen=True, eq=False)
class _Found:
    kind: Kind
    trial: Trial
    outcome: Outcome


def recommend(
    model: bytes,
    policy: CoveragePolicy,
    table: ObjectTable,
    options: RecommendOptions,
    *,
    name: str,
    analysed: Analyser,
    input_shape: Mapping[str, Shape],
    progress: Progress = lambda _stage, _share: None,
) -> RecommendResult:
    """Look for changes after which the policy is met; where it is already, for what costs less.

    Changes are tried on the network up to its heads, and where the policy asks for no effective field on one without
    its weights' values, which theoretical fields do not depend on. What is shown was analysed once more as a whole.

    Args:
        model: the bytes of an ONNX file.
        policy: what is required.
        table: the objects, at least one.
        options: which kinds of change, how many trials, how many recommendations.
        name: what to call the model.
        analysed: what analyses a model's bytes, shapes of inputs and policy; `by_fields` where no effective field is
            asked for.
        input_shape: shapes of inputs as the check had them.
        progress: told the kind that is tried and the share of the work done, 0 to 1.

    Raises:
        BadInput: the model cannot be analysed, or the policy not checked on it as it is.
        SelfCheckFailed: a change looked different on the whole network: a fault of the engine.
    """
    whole = _Whole(model, policy, table, analysed, input_shape)
    bench, subject, before = whole.bench(options.trials)
    found = _search(subject, bench, before, options, progress)
    shown = [_shown(each, whole, before) for each in sorted(found, key=_rank)[: options.at_most]]
    return RecommendResult(
        options=options,
        parameters=whole.costs.parameters,
        multiply_adds=whole.costs.multiply_adds,
        recommendations=shown,
        trials=bench.tried,
        left_out=dict(sorted(bench.left_out.items())),
        note=_note(name, before, shown),
    )


class _Whole:
    """The model with its weights, and the drafts that are made of it."""

    def __init__(
        self,
        model: bytes,
        policy: CoveragePolicy,
        table: ObjectTable,
        analysed: Analyser,
        input_shape: Mapping[str, Shape],
    ) -> None:
        self.model, self.policy, self.table = model, policy, table
        self.analysed = analysed
        self.is_light = policy.estimator is None
        known = by_fields(model, input_shape, policy)
        self.costs: Costs = costs_of(known.graph)
        # '' is the only image; other sizes of it are asked for by its name.
        self.input_shape = {image or known.image: shape for image, shape in input_shape.items()}
        self.draft = read(model)
        if self.is_light:
            lighten(self.draft)
        self.outputs: Outputs = ends(self.draft, known, input_shape, policy)
        cut(self.draft, self.outputs)

    def bench(self, trials: int) -> tuple[Bench, Subject, Outcome]:
        """Where changes are tried, for what, and what the network is like before."""
        bench = Bench(
            self._copied,
            add_fill if self.is_light else add_array,
            self.analysed,
            self.policy,
            self.table,
            self.input_shape,
            left=trials,
        )
        known = bench.changed(Trial("as it is", "", {}))
        bench.heads = known.heads
        result, checked = check(self.policy, self.table, known.heads, known.canvas)
        before = Outcome(known.heads, result, costs_of(known.graph))
        return bench, Subject(self.draft, self.policy, known, result, checked), before

    def confirmed(self, found: _Found) -> Outcome:
        """The change made on the model with its weights, and analysed.

        Raises:
            SelfCheckFailed: it does not come to the same.
        """
        if not self.is_light:
            return found.outcome
        bench = Bench(self._read, add_array, self.analysed, self.policy, self.table, self.input_shape)
        again = bench.outcome(found.trial)
        if (again.result, again.costs) != (found.outcome.result, found.outcome.costs):
            raise SelfCheckFailed(
                f"{found.trial.title}: share {again.result.share:g} on the whole network and "
                f"{found.outcome.result.share:g} without its weights; please report this model"
            )
        return again

    def _copied(self) -> onnx.ModelProto:
        copy = onnx.ModelProto()
        copy.CopyFrom(self.draft)
        return copy

    def _read(self) -> onnx.ModelProto:
        model = read(self.model)
        cut(model, self.outputs)
        return model


def _search(
    subject: Subject, bench: Bench, before: Outcome, options: RecommendOptions, progress: Progress
) -> list[_Found]:
    """The best strength of every change, kind by kind; each kind may use its part of the trials that are left."""
    found: list[_Found] = []
    kinds = [kind for kind in KINDS if kind in options.kinds]
    left = options.trials
    for place, kind in enumerate(kinds):
        progress(kind, place / len(kinds))
        allowed = bench.left = max(1, left // (len(kinds) - place)) if left else 0
        enough = 0
        for family in proposals()[kind](subject):
            if not family.trials:
                bench.left_out[family.why] += 1
                continue
            best = best_of(family, bench, before)
            # Of a check that passes only what saves is of interest.
            if best is not None and before.passes and best[1].costs.multiply_adds >= before.costs.multiply_adds:
                bench.left_out[NO_BETTER] += 1
                best = None
            if best is not None:
                found.append(_Found(kind, *best))
                enough += best[1].passes
            if enough >= ENOUGH:
                break
        left -= allowed - bench.left
    return found


def _rank(found: _Found) -> tuple[object, ...]:
    """Those that pass first, cheapest first; of the others those that cover most."""
    costs, result = found.outcome.costs, found.outcome.result
    share = 0.0 if found.outcome.passes else -result.share
    return not found.outcome.passes, share, costs.multiply_adds, costs.parameters, found.kind, found.trial.title


def _shown(found: _Found, whole: _Whole, before: Outcome) -> Recommendation:
    outcome, trial = whole.confirmed(found), found.trial
    return Recommendation(
        kind=found.kind,
        title=trial.title,
        how=trial.how,
        layer=trial.layer,
        change=dict(trial.change),
        verdict=outcome.result.verdict,
        share=(before.result.share, outcome.result.share),
        fields=_field_changes(before, outcome),
        parameters=outcome.costs.parameters - before.costs.parameters,
        multiply_adds=outcome.costs.multiply_adds - before.costs.multiply_adds,
        inserts_weights=trial.inserts_weights,
    )


def _field_changes(before: Outcome, after: Outcome) -> list[FieldChange]:
    """The heads whose fields differ, finest first; those that are new last."""
    old = {head.name: head for head in before.heads}
    new = {head.name: head for head in after.heads}
    if [head.stride for head in before.heads] == [head.stride for head in after.heads]:
        # Names may have the number of units in them, which another input changes.
        new = dict(zip(old, after.heads, strict=True))
    changes = []
    for name in dict.fromkeys((*old, *new)):
        pair = old.get(name), new.get(name)
        first, second = (None if head is None else list(head.trf) for head in pair)
        sides = tuple(None if head is None else head.erf_side for head in pair)
        if first != second or sides[0] != sides[1]:
            changes.append(FieldChange(head=name, trf=(first, second), erf_side=(sides[0], sides[1])))
    return changes


def _note(name: str, before: Outcome, shown: list[Recommendation]) -> str | None:
    if before.passes:
        what = "changes that cost less and pass too" if shown else "no change of these kinds costs less and passes too"
        return f"{name} passes as it is; shown are {what}" if shown else f"{name} passes as it is, and {what}"
    if not shown:
        return f"no single change of these kinds covers more objects of {name}; allow more kinds or trials"
    if shown[0].verdict == "fail":
        return f"no single change makes {name} pass; these cover more, and can be combined"
    return None
