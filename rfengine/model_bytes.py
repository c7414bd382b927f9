"""The network of a request as the bytes of an ONNX file."""

from api_schemas import zoo
from api_schemas.catalogue import Analysis
from api_schemas.initialisers import Constant
from api_schemas.request import AnalyzeRequest
from api_schemas.spec import LayerSpec
from rfengine.errors import BadInput, BadModel, BadSpec

# What is found without the values of weights.
THEORETICAL = {Analysis.ANALYTIC, Analysis.COVERAGE, Analysis.RECOMMEND}


def model_bytes(model: bytes | None, request: AnalyzeRequest, name: str) -> bytes:
    """The ONNX file, compiled from the request's layer spec or zoo network where there is one.

    Raises:
        BadInput: the request brings a model and a network, or neither.
        BadSpec: the layer spec describes no network.
    """
    spec = _zoo_spec(request) if request.zoo is not None else request.spec
    if spec is not None:
        if model is not None:
            raise BadInput("the request brings a model file and a layer spec; send one of them")
        from rfengine.spec_import import compile_spec

        return bytes(compile_spec(spec, name=name, input_shape=request.input_shape).SerializeToString())
    if model is None:
        raise BadModel("the request brings neither a model file nor a layer spec; send one of them")
    return model


def _zoo_spec(request: AnalyzeRequest) -> LayerSpec:
    """A reference network; where only theoretical fields are asked for, with weights that take no time to draw."""
    assert request.zoo is not None
    shapes = [shape for name, shape in request.input_shape.items() if name in ("", "input")]
    try:
        spec = zoo.build(request.zoo, input_shape=shapes[0] if shapes else None)
    except zoo.ZooError as error:
        raise BadSpec(str(error)) from error
    theory = set(request.analyses) <= THEORETICAL and not request.analytic.approximations
    return spec.model_copy(update={"init": Constant()}) if theory else spec
