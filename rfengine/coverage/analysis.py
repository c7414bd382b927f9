"""The coverage part of an analysis: the objects before the model is looked at, the verdict after its fields are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api_schemas.catalogue import Analysis
from api_schemas.coverage import CoverageResult
from api_schemas.policy import EVERY_HEAD, CoveragePolicy
from api_schemas.report import ErfEntry
from api_schemas.request import AnalyzeRequest
from rfengine.coverage.behind import layers_behind
from rfengine.coverage.check import check
from rfengine.coverage.checked import Checked
from rfengine.coverage.heads import Head, find_heads, image_of
from rfengine.coverage.objects import read_objects
from rfengine.coverage.objects.judge import BROKEN, refuse_the_rest
from rfengine.coverage.objects.table import ObjectTable
from rfengine.coverage.rows import MOST_HEADS, object_rows
from rfengine.errors import BadInput, BadShape, NotEstimable
from rfengine.estimators.analytic import Fields
from rfengine.folders import permitted
from rfengine.graph import Array
from rfengine.run import Run

Maps = Mapping[Analysis, Mapping[str, Sequence[ErfEntry]]]


class CoveragePart:
    """A policy and its objects, read; `heads` and `result` need the model's fields."""

    def __init__(self, policy: CoveragePolicy, objects: Path | None) -> None:
        """Read the objects.

        Raises:
            BadInput: they are not as they should be, or the policy's file did not come.
        """
        if policy.objects.path is not None and objects is None:
            raise BadInput(
                f"objects.{policy.objects.source}: the policy names '{policy.objects.path}', but no such file came "
                "with the request; send it as the part `objects`"
            )
        if policy.objects.images is not None:
            permitted(policy.objects.images, "objects.images")
        self.policy = policy
        self.table: ObjectTable = read_objects(policy.objects, objects)
        refuse_the_rest(self.table)

    def refuse_guesses(self, guesses: Sequence[str]) -> None:
        """Refuse a size of the input that nobody gave: what is as large as it, or touches its border, hangs on it.

        Raises:
            BadShape: the size is open, and the policy depends on it.
        """
        asked = (self.policy.require, *self.policy.per_head.values())
        if guesses and (self.policy.input.resize != "none" or any(each.clipped is not None for each in asked)):
            raise BadShape(
                f"{guesses[0]}: whether objects are covered depends on it, so it is not guessed "
                "(--input-shape 1,3,640,640)"
            )

    def heads(self, fields: Fields) -> tuple[Head, ...]:
        """The heads, without their effective fields.

        Raises:
            BadInput: the policy's heads are not the model's.
        """
        return find_heads(fields, self.policy)

    def result(
        self,
        run: Run,
        fields: Fields,
        heads: Sequence[Head],
        maps: Maps,
        *,
        picture: Array | None = None,
        pictures: Mapping[str, Array] | None = None,
    ) -> CoverageResult:
        """The verdict, drawn where the run has an album.

        Args:
            run: the analysis.
            fields: of the model.
            heads: as `heads` gives them.
            maps: effective fields of the heads' tensors, where the policy asks for them.
            picture: an image to draw the worst objects on, height x width (x 3).
            pictures: the same by the names of the objects' images.

        Raises:
            BadInput: the policy asks for what cannot be checked.
            NotEstimable: a head has no effective field.
        """
        known = measured(self.policy, heads, maps)
        canvas = fields.canvas(image_of(fields))
        result, checked = check(self.policy, self.table, known, (canvas[0], canvas[1]))
        left = {reason: self.table.ignored[reason] for reason in BROKEN if self.table.ignored.get(reason)}
        if left:
            counted = ", ".join(f"{count:,} {reason}" for reason, count in left.items())
            run.warn(
                "objects-left-aside", f"of {self.table.total + sum(left.values()):,} objects {counted}: not checked"
            )
        for head in result.heads:
            # Where every head answers the finest that covers is booked: that others are not says nothing of them.
            if head.verdict == "unused" and self.policy.assign.by != "any":
                run.warn("unused-head", f"no object is booked to {head.name}: it serves none of these", head.tensors[0])
        self._say_what_follows(run, fields, heads)
        self._keep_the_objects(run, known, checked, (canvas[0], canvas[1]))
        album = run.plots()
        if album is not None:
            album.coverage(result, checked, picture=picture, pictures=pictures or {})
        return result

    def _keep_the_objects(self, run: Run, heads: Sequence[Head], checked: Checked, canvas: tuple[int, int]) -> None:
        """Write the objects as data, where the run has an album."""
        if run.album is None:
            return
        if len(heads) > MOST_HEADS:
            run.warn(
                "objects-left-out",
                f"coverage.objects.npz is not among the files: it tells up to {MOST_HEADS} heads apart, and there are "
                f"{len(heads)}; name fewer under heads to have it",
            )
            return
        run.album.objects(object_rows(self.policy, self.table, heads, checked, canvas))

    def _say_what_follows(self, run: Run, fields: Fields, heads: Sequence[Head]) -> None:
        """Warn where heads that were found by themselves are no detector's."""
        behind = layers_behind(fields, heads) if self.policy.heads == EVERY_HEAD else ()
        if behind:
            run.warn(
                "no-last-head",
                f"{len(behind)} layers with weights follow the heads, the first makes '{behind[0]}': the last map is "
                "not where this network decides (a classifier, tokens); name its heads under heads",
                heads[0].tensors[0],
            )


def with_its_estimator(request: AnalyzeRequest) -> AnalyzeRequest:
    """The request with the estimator that its policy needs among its analyses."""
    policy = request.coverage
    if policy is None or policy.estimator is None or Analysis(policy.estimator) in request.analyses:
        return request
    return request.model_copy(update={"analyses": (*request.analyses, Analysis(policy.estimator))})


def measured(policy: CoveragePolicy, heads: Sequence[Head], maps: Maps) -> tuple[Head, ...]:
    """The heads with the effective fields that the policy asks for: the smallest side over units and tensors.

    Raises:
        NotEstimable: a head has none.
    """
    if policy.estimator is None:
        return tuple(heads)
    entries = maps.get(Analysis(policy.estimator), {})
    found = []
    for head in heads:
        erf = policy.required_of(head.name).erf
        if erf is None:
            found.append(head)
            continue
        missing = [tensor for tensor in head.tensors if not entries.get(tensor)]
        if missing:
            raise NotEstimable(
                f"head {head.name}: {policy.estimator} has no effective field of '{missing[0]}', so require.erf cannot "
                "be checked; take another erf.estimator, or name the head's tensors"
            )
        level = str(erf.energy)
        sides = {t: min(entry.metrics.energy_side[level] for entry in entries[t]) for t in head.tensors}
        found.append(head.measured(sides))
    return tuple(found)
