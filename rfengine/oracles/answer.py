"""What the engine says of a network, by the path that a user takes: layer spec, ONNX, import, analysis, report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api_schemas.initialisers import Constant
from api_schemas.report import TensorField
from api_schemas.spec import LayerSpec
from rfengine.describe import analytic_report
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.onnx_import import import_onnx
from rfengine.oracles.finding import Value
from rfengine.spec_import import compile_spec


@dataclass(frozen=True, slots=True)
class Answer:
    """The fields of a network's tensors, in the order of computation, and the report's entries of them."""

    fields: Fields
    tensors: Mapping[str, TensorField]

    @property
    def last(self) -> str:
        """The tensor that is computed last."""
        return list(self.tensors)[-1]


def answer(spec: LayerSpec, *, name: str) -> Answer:
    """The theoretical fields of a network with one image as input; its weights are fills and play no part."""
    model = compile_spec(spec.model_copy(update={"init": Constant()}), name=name)
    fields = receptive_fields(import_onnx(model.SerializeToString(), name=name).graph)
    tensors = analytic_report(fields).tensors
    return Answer(fields, {tensor: f for tensor, f in tensors.items() if isinstance(f, TensorField)})


def agreed(per_axis: Sequence[Value]) -> Value:
    """The value of all axes where they agree, else one per axis."""
    return per_axis[0] if all(value == per_axis[0] for value in per_axis) else tuple(per_axis)
