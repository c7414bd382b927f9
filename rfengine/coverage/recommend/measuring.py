"""Changed networks with effective fields: what analyses them where a policy asks for these."""

from collections.abc import Mapping

from api_schemas.catalogue import Analysis
from api_schemas.policy import Policy
from api_schemas.request import AnalyzeRequest
from rfengine.coverage.analysis import measured
from rfengine.coverage.recommend.analysed import Analysed, Analyser, by_fields
from rfengine.effective import Resizing, effective
from rfengine.estimators import erf
from rfengine.graph import Array, Shape
from rfengine.run import Run


def analyser(request: AnalyzeRequest, images: Array | None = None) -> Analyser:
    """What analyses changed networks as a request has the network itself analysed.

    Args:
        request: its policy says which effective field is measured, if any; its options how.
        images: images for `gradient` where its inputs are `given`.
    """

    def analysed(model: bytes, input_shape: Mapping[str, Shape], policy: Policy) -> Analysed:
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
