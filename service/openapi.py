"""The parts of the OpenAPI document that the framework cannot see: the three body forms and the problems."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api_schemas.problem import MEDIA_TYPE, Problem
from api_schemas.request import AnalyzeRequest
from service.bodies import JSON, MULTIPART, RAW
from service.problems import KINDS

_SCHEMAS = "#/components/schemas/{model}"
_REQUEST = {"$ref": _SCHEMAS.format(model="AnalyzeRequest")}
_FILE = {"type": "string", "format": "binary", "description": "An ONNX file."}
_IMAGES = {
    "type": "string",
    "format": "binary",
    "description": "A zip of PNG or JPEG pictures of one size, or an .npz with an array [n, C, H, W]: what `gradient` "
    "runs on unless it names other inputs, and the grids of `analytic` are drawn on the first.",
}
_OBJECTS = {
    "type": "string",
    "format": "binary",
    "description": "The file that the policy in `coverage` names in its `objects`: COCO annotations (.json), a .csv, "
    "or a zip of YOLO labels or of Pascal VOC annotations.",
}
_PARTS = {"model": _FILE, "images": _IMAGES, "objects": _OBJECTS, "request": _REQUEST}

ANALYZE_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        MULTIPART: {
            "schema": {"type": "object", "properties": _PARTS},
            "encoding": {"request": {"contentType": JSON}},
        },
        JSON: {"schema": _REQUEST},
        **{kind: {"schema": _FILE} for kind in RAW},
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer these problems."""
    schema = {"$ref": _SCHEMAS.format(model="Problem")}
    titles = {
        status: " or ".join(kind.title for kind in KINDS.values() if kind.status == status) for status in statuses
    }
    return {
        status: {"description": titles[status] or "A problem", "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


def document(app: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for model in (AnalyzeRequest, Problem):
            schema = model.model_json_schema(ref_template=_SCHEMAS)
            schemas.update(schema.pop("$defs", {}))
            schemas[model.__name__] = schema
        _drop_the_frameworks_errors(made)
        app.openapi_schema = made
    return app.openapi_schema


def _drop_the_frameworks_errors(made: dict[str, Any]) -> None:
    # The framework documents an error shape that this service never answers, wherever a route takes a parameter.
    for unused in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(unused, None)
    for operations in made["paths"].values():
        for operation in operations.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
