"""The coverage part of an analysis: the objects before the model is looked at, the verdict after its fields are."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api_schemas.catalogue import Analysis
from api_schemas.coverage import CoverageResult
from api_schemas.policy import CoveragePolicy
from api_schemas.report import ErfEntry
from api_schemas.request import AnalyzeRequest
from rfengine.coverage.check import check
from rfengine.coverage.heads import Head, find_heads, image_of
from rfengine.coverage.objects import read_objects
from rfengine.coverage.objects.table import ObjectTable
from rfengine.errors import BadInput, NotEstimable
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
        for head in result.heads:
            if head.verdict == "unused":
                run.warn("unused-head", f"no object is booked to {head.name}: it serves none of these", head.tensors[0])
        album = run.plots()
        if album is not None:
            album.coverage(result, checked, picture=picture, pictures=pictures or {})
        return result


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
