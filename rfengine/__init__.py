"""rfengine: what vision networks can see. The engine, a library: no web, no queue, no database.

    import rfengine

    data = rfengine.from_torch(net, torch.zeros(1, 3, 224, 224))
    fields = rfengine.receptive_fields(rfengine.import_onnx(data).graph)
    rfengine.pixels_of(fields, "layer4", (3, 3))

What it offers is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api_schemas.request import AnalyzeRequest
    from rfengine.analysis import analyze
    from rfengine.estimators.analytic import receptive_fields
    from rfengine.estimators.source import fields_from
    from rfengine.onnx_import import import_onnx
    from rfengine.queries import centre_of, pixels_of, units_of
    from rfengine.torch_export import from_torch

__version__ = "0.1.0"

__all__ = [
    "AnalyzeRequest",
    "__version__",
    "analyze",
    "centre_of",
    "fields_from",
    "from_torch",
    "import_onnx",
    "pixels_of",
    "receptive_fields",
    "units_of",
]

_HOMES = {
    "AnalyzeRequest": "api_schemas.request",
    "analyze": "rfengine.analysis",
    "centre_of": "rfengine.queries",
    "fields_from": "rfengine.estimators.source",
    "from_torch": "rfengine.torch_export",
    "import_onnx": "rfengine.onnx_import",
    "pixels_of": "rfengine.queries",
    "receptive_fields": "rfengine.estimators.analytic",
    "units_of": "rfengine.queries",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rfengine' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
