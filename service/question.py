"""A question as the service takes it in, and what can be wrong with one whatever its form."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydantic import ValidationError

from api_schemas.faults import faults
from api_schemas.problem import InvalidParam
from api_schemas.request import AnalyzeRequest
from jobstore.artifacts import ArtifactStore, Blob
from service.problems import ProblemError, invalid, refusal
from service.strictness import misread

MAX_REQUEST = 16 << 20  # bytes of JSON


@dataclass(frozen=True)
class Question:
    """What was asked, and the files where there are any; `lent` are those that belong to an earlier job."""

    request: AnalyzeRequest
    model: Blob | None = None
    images: Blob | None = None
    objects: Blob | None = None
    lent: tuple[Blob, ...] = ()

    @property
    def files(self) -> dict[str, Blob]:
        """Every file by its kind."""
        kinds = {"models": self.model, "images": self.images, "objects": self.objects}
        return {kind: blob for kind, blob in kinds.items() if blob is not None}

    @property
    def uploads(self) -> tuple[Blob, ...]:
        """Every file that is stored for this question alone."""
        return tuple(blob for blob in self.files.values() if blob not in self.lent)


def parse(body: bytes, place: str) -> AnalyzeRequest:
    """The request in JSON text; `place` says where it was, such as `body`. Raises `ProblemError`."""
    read: Callable[[bytes], AnalyzeRequest] = AnalyzeRequest.model_validate_json
    try:
        asked = read(body)
    except ValidationError as error:
        raise invalid(faults(error, _value(body), whole=place, model=AnalyzeRequest)) from None
    understood = asked.model_dump(mode="json", by_alias=True)
    if found := sorted(misread(_value(body), understood), key=lambda fault: fault.location):
        raise invalid(found)
    return asked


def _value(body: bytes) -> object:
    """What a body holds; nothing where it is no JSON, which is then the fault that is told."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def brings_network(asked: AnalyzeRequest) -> bool:
    """Whether the request has a network of its own, beside which a model file would be a second one."""
    return asked.spec is not None or asked.zoo is not None or asked.study is not None


def needs_no_model(asked: AnalyzeRequest) -> bool:
    """Whether the request can be answered without a model file; a sweep is then of the seed's networks."""
    return brings_network(asked) or asked.sweep is not None


@contextmanager
def together(store: ArtifactStore) -> Iterator[dict[str, Blob]]:
    """Blobs that are of use together only: none stays where one could not be stored."""
    blobs: dict[str, Blob] = {}
    try:
        yield blobs
    except BaseException:
        for blob in blobs.values():
            store.remove(blob.name)
        raise


def empty() -> ProblemError:
    """The refusal of a body without content."""
    return refusal("empty-body", "The body is empty; send an ONNX file, or a JSON request with a `spec`")


def too_large(what: str, cap: int, advice: str) -> ProblemError:
    """The refusal of more than `cap` bytes."""
    return refusal("too-large", f"{what} has more than {cap} bytes; {advice}")


def fault(location: str, message: str) -> ProblemError:
    """The refusal of one part of a question."""
    detail = message[0].upper() + message[1:]
    return refusal("invalid-request", detail, errors=[InvalidParam(location=location, message=message)])
