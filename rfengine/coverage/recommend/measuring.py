"""Recommendations as a part of an analysis: with effective fields measured where the policy asks for these."""

from collections.abc import Mapping

from api_schemas.catalogue import Analysis
from api_schemas.policy import CoveragePolicy
from api_schemas.recommend import RecommendResult
from api_schemas.request import AnalyzeRequest
from rfengine.coverage.analysis import measured
from rfengine.coverage.objects.table import ObjectTable
from rfengine.coverage.recommend.analysed import Analysed, Analyser, by_fields
from rfengine.coverage.recommend.recommend import recommend
from rfengine.effective import Resizing, effective
from rfengine.estimators import erf
from rfengine.graph import Array, Shape
from rfengine.run import Run

# Share of an analysis at which they begin: each trial is an analysis of its own.
START = 0.5


def analyser(request: AnalyzeRequest, images: Array | None = None) -> Analyser:
    """What analyses changed networks as a request has the network itself analysed.

    Args:
        request: its policy says which effective field is measured, if any; its options how.
        images: images for `gradient` where its inputs are `given`.
    """

    def analysed(model: bytes, input_shape: Mapping[str, Shape], policy: CoveragePolicy) -> Analysed:
        found = by_fields(model, input_shape, policy)
        if policy.estimator is None:
            return found
        targets = tuple(dict.fromkeys(tensor for head in found.heads for tensor in head.tensors))
        # What is asked of a changed network is this estimator alone: it refuses where it has no answer.
        asked = request.model_copy(
            update={"analyses": (Analysis(policy.estimator),), "input_shape": dict(input_shape), "targets": targets}
        )
        resized = Resizing(model, asked, found.image, targets)
        maps = effective(
            Run(asked, "changed network", None, lambda _stage, _share: None),
            erf.Subject(found.fields, resized, images),
            targets,
            (0.0, 1.0),
        )
        return Analysed(found.fields, measured(policy, found.heads, maps))

    return analysed


def recommended(
    run: Run, model: bytes, policy: CoveragePolicy, table: ObjectTable, images: Array | None = None
) -> RecommendResult:
    """The recommendations of an analysis.

    Args:
        run: the analysis; its request says what to try, and how effective fields are measured.
        model: the bytes of the ONNX file.
        policy: what is required.
        table: the objects.
        images: images for `gradient` where its inputs are `given`.

    Raises:
        BadInput: the policy cannot be checked on the model as it is.
        SelfCheckFailed: a change looked different on the whole network: a fault of the engine.
    """
    request = run.request
    return recommend(
        model,
        policy,
        table,
        request.recommend,
        name=run.name,
        analysed=analyser(request, images),
        input_shape=request.input_shape,
        progress=lambda kind, share: run.progress(f"recommend: {kind}", START + (1 - START) * share),
    )
