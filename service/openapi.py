"""The parts of the OpenAPI document that the framework cannot see: the three body forms and the problems."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel

from api_schemas.problem import MEDIA_TYPE, Problem
from api_schemas.request import AnalyzeRequest
from service import idempotency
from service.bodies import JSON, MULTIPART, RAW
from service.examples import ANSWERS, QUESTIONS
from service.problems import KINDS, refusal

_SCHEMAS = "#/components/schemas/{model}"
_REQUEST = {"$ref": _SCHEMAS.format(model="AnalyzeRequest")}
_FILE = {"type": "string", "format": "binary", "description": "An ONNX file."}
_IMAGES = {
    "type": "string",
    "format": "binary",
    "description": "A PNG or JPEG picture, a zip of several of one size, or an .npz with an array [n, C, H, W]: what "
    "`gradient` runs on unless it names other inputs, and the grids of `analytic` are drawn on the first.",
}
_OBJECTS = {
    "type": "string",
    "format": "binary",
    "description": "The file that the policy in `coverage` names in its `objects`: COCO annotations (.json), a .csv, "
    "or a zip of YOLO labels or of Pascal VOC annotations.",
}
# That one of the four is there is no rule of the body alone.
_WITHOUT_FILE = {
    "allOf": [_REQUEST],
    "description": "Without a file the network is in the request, as `spec`, `zoo`, `study` or `sweep`, or in the job "
    "that `model_of` names.",
}
_PARTS = {"model": _FILE, "images": _IMAGES, "objects": _OBJECTS, "request": _REQUEST}

ANALYZE_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        MULTIPART: {
            "schema": {"type": "object", "properties": _PARTS, "additionalProperties": False},
            "encoding": {"request": {"contentType": JSON}},
        },
        JSON: {"schema": _WITHOUT_FILE, "examples": {name: {"value": value} for name, value in QUESTIONS.items()}},
        **{kind: {"schema": {**_FILE, "minLength": 1}} for kind in RAW},
    },
}

PREFER: dict[str, Any] = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "`wait=30`: answer when the job has ended, or after so many seconds (RFC 7240). The service waits "
    "no longer than RFENGINE_MAX_WAIT, and says in `Preference-Applied` for how long it would have.",
    "example": "wait=30",
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": idempotency.PATTERN},
    "description": "A new UUID for each question. Sent again with the same question it is answered with the same job "
    "and `Idempotent-Replayed: true`, and with another question by 409.",
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
_IF_NONE_MATCH: dict[str, Any] = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "schema": {"type": "string"},
    "description": "The `ETag` of an earlier answer: 304 without a body where it is still the same.",
}

# Whatever the route: the door's refusals, and what can go wrong with the service itself.
_EVERYWHERE = (401, 403, 421, 429, 500, 503)
_OPEN = ("/healthz", "/readyz")
# What can be done with a job that was just taken: the operations' ids.
_ABOUT_A_JOB = ("get_job", "follow_job", "get_report", "list_artifacts", "cancel_job", "delete_job")
_TAGGED = (
    "/jobs",
    "/jobs/{job}",
    "/jobs/{job}/report",
    "/jobs/{job}/artifacts",
    "/jobs/{job}/artifacts/{name}",
    "/zoo",
    "/initialisers",
)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that can answer these problems, besides those that every route can."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    kinds = {name: kind for name, kind in KINDS.items() if kind.status == status}
    examples = {
        name: {"value": refusal(name, f"{kind.title}; here stands which, why, and what to do").problem.model_dump()}
        for name, kind in kinds.items()
    }
    schema = {"$ref": _SCHEMAS.format(model="Problem")}
    return {
        "description": " or ".join(kind.title for kind in kinds.values()) or "A problem",
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _link(operation: str) -> dict[str, Any]:
    return {"operationId": operation, "parameters": {"job": "$response.body#/id"}}


def document(app: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for model in (AnalyzeRequest, Problem):
            _add(model, schemas)
        _drop_the_frameworks_errors(made)
        for path, operations in made["paths"].items():
            for method, operation in operations.items():
                _complete(operation, path, method)
        app.openapi_schema = made
    return app.openapi_schema


def _add(model: type[BaseModel], schemas: dict[str, Any]) -> None:
    """Add a model and what it is made of; a part that goes by the name of another model gets a name of its own."""
    schema = model.model_json_schema(ref_template=_SCHEMAS)
    parts = schema.pop("$defs", {})
    other = {name: f"{name}-Input" for name, part in parts.items() if schemas.get(name, part) != part}
    for name, part in {**parts, model.__name__: schema}.items():
        schemas[other.get(name, name)] = _renamed(part, other)


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """The schema with references to `names` under their other names."""
    if isinstance(schema, dict):
        return {key: _renamed(value, names) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_renamed(value, names) for value in schema]
    prefix, _, name = schema.rpartition("/") if isinstance(schema, str) else ("", "", "")
    return f"{prefix}/{names[name]}" if name in names and f"{prefix}/" == _SCHEMAS.format(model="") else schema


def _complete(operation: dict[str, Any], path: str, method: str) -> None:
    """Add what all routes have in common, and the examples."""
    responses = operation["responses"]
    if path not in _OPEN:
        for status in _EVERYWHERE:
            responses.setdefault(str(status), _problem(status))
    if path in _TAGGED and method == "get":
        operation.setdefault("parameters", []).append(_IF_NONE_MATCH)
        responses["304"] = {"description": "`If-None-Match` names what this answer would be."}
    for status, answer in responses.items():
        example = ANSWERS.get((path, method, status))
        if example is not None:
            answer["content"][JSON]["example"] = example
    if (path, method) == ("/analyze", "post"):
        for taken in ("200", "202"):
            responses[taken]["links"] = {name: _link(name) for name in _ABOUT_A_JOB}
    operation["responses"] = dict(sorted(responses.items()))


def _drop_the_frameworks_errors(made: dict[str, Any]) -> None:
    # The framework documents an error shape that this service never answers, wherever a route takes a parameter.
    for unused in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(unused, None)
    for operations in made["paths"].values():
        for operation in operations.values():
            if "HTTPValidationError" in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
