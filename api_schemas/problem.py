"""RFC 9457 problem details: the shape of every error the service or a job gives."""

from pydantic import Field

from api_schemas.base import Open

MEDIA_TYPE = "application/problem+json"


class InvalidParam(Open):
    """One field that was not as it should be."""

    location: str = Field(description="Dotted path of the field, e.g. `gradient.images`.")
    message: str


class Problem(Open):
    """An error that says place, value and next step; never a stack trace, a path or a secret."""

    type: str = Field(description="Stable identifier of the kind of problem, e.g. `urn:rfengine:unsupported-operator`.")
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(ge=400, le=599, description="HTTP status that fits it.")
    detail: str = Field(description="What is wrong here, with which value, and what to do next.")
    instance: str | None = Field(None, description="The request or job it happened in.")
    errors: tuple[InvalidParam, ...] = Field((), description="The fields at fault, where the fault is in fields.")
