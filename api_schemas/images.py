"""Images that come with a model: what a request does with them, the same on both ends of the wire."""

from api_schemas.catalogue import Analysis
from api_schemas.request import AnalyzeRequest


class UnusedImagesError(ValueError):
    """Images came with a request that has no use for them."""


def needs_images(request: AnalyzeRequest) -> bool:
    """Whether the request cannot be answered without images."""
    return Analysis.GRADIENT in request.analyses and request.gradient.inputs == "given"


def with_images(request: AnalyzeRequest) -> AnalyzeRequest:
    """What the request means when images come with it: `gradient` runs on them unless it names other inputs.

    The grids of `analytic`, and the worst objects of `coverage`, are drawn on the first of them.

    Raises:
        UnusedImagesError: none of these is asked for.
    """
    asked = request
    if Analysis.GRADIENT in asked.analyses and "inputs" not in asked.gradient.model_fields_set:
        asked = asked.model_copy(update={"gradient": asked.gradient.model_copy(update={"inputs": "given"})})
    if needs_images(asked) or {Analysis.ANALYTIC, Analysis.COVERAGE} & set(asked.analyses):
        return asked
    if Analysis.GRADIENT in asked.analyses:
        raise UnusedImagesError(
            f"the images would not be used: gradient.inputs is {asked.gradient.inputs!r}; set it to 'given', or "
            "leave the images out"
        )
    named = ", ".join(analysis.value for analysis in asked.analyses)
    raise UnusedImagesError(
        f"the images would not be used: {named} runs without; add gradient to analyses, or leave the images out"
    )
