"""An analysis checked on the real graph: the torch module against onnxruntime, the fields against the probe."""

from importlib.util import find_spec

from api_schemas.report import Parity
from rfengine.errors import BadInput, MissingExtra
from rfengine.estimators.analytic import Fields, spatial_axes
from rfengine.estimators.probe import Verification, probe
from rfengine.onnx_import import Imported
from rfengine.run import Run

# The torch module and onnxruntime agree to rounding; beyond this the report says so.
PARITY_TOLERANCE = 1e-4


def parity(run: Run, data: bytes, imported: Imported, targets: tuple[str, ...]) -> Parity | None:
    """The torch module against onnxruntime at the targets and the model's outputs; a warning where it cannot be."""
    _require_torch()
    from rfengine.runtime.parity import ParityUnavailableError, check_parity

    graph = imported.graph
    # An output whose length depends on the data (boxes that survive suppression) has no order to compare by.
    outputs = [name for name in graph.outputs if name in graph.producers and graph.values[name].is_known]
    tensors = tuple(dict.fromkeys((*targets, *outputs)))
    try:
        found = check_parity(data, imported.graph, tensors)
    except (ParityUnavailableError, MissingExtra) as error:
        run.warn("parity-unchecked", str(error))
        return None
    if not found.max_rel <= PARITY_TOLERANCE:
        run.warn(
            "parity",
            f"the torch module differs from {found.against} by {found.max_rel:.3g} relative; "
            "effective fields may be off, please report this model",
        )
    return found


def verified(run: Run, fields: Fields) -> dict[str, Verification]:
    """The probe's verdict on the fields, per input, where it was asked for."""
    if not run.request.verify:
        return {}
    for image in fields.axes:
        if fields.places(image, image) != spatial_axes(len(fields.graph.shape(image))):
            raise BadInput(f"verify: '{image}' does not keep its spatial axes after batch and channels; drop verify")
    _require_torch()
    found = {source: probe(fields, source) for source in fields.axes}
    for verification in found.values():
        for tensor, contradiction in verification.contradictions.items():
            run.warn(
                "refuted", f"the probe contradicts the calculus: {contradiction}; please report this model", tensor
            )
    return found


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise MissingExtra.named("torch", "effective receptive fields")
