"""`POST /analyze?model_of=<job>`: another question about the network of an earlier job, which is not sent again.

The files that the question needs and does not bring are lent by that job. A job that is made of the question gets
copies: the earlier one may be deleted, or expire, the moment after.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from api_schemas.faults import faults
from api_schemas.images import needs_images
from api_schemas.objects import needs_objects
from api_schemas.request import AnalyzeRequest
from jobstore.artifacts import ArtifactStore, Blob
from jobstore.records import JobRecord
from service.problems import RETRY_LATER, invalid, refusal
from service.question import Question, brings_network, fault, together

PLACE = "query.model_of"


@dataclass(frozen=True)
class Earlier:
    """The job whose network is meant, as its caller may see it."""

    record: JobRecord

    def about_it(self, asked: AnalyzeRequest) -> AnalyzeRequest:
        """The request with the job's network, under the name that it has there; raises `ProblemError`."""
        job, before = self.record.id, self.record.request
        if brings_network(asked):
            message = f"the request brings a `spec`, `zoo` or `study`, and model_of names the network of job {job}"
            raise fault(PLACE, f"{message}; leave one of them out")
        network = {name: before[name] for name in ("spec", "zoo") if before.get(name) is not None}
        if self.record.model_blob is None and not network:
            message = f"job {job} has no network of its own: it is a study, or a sweep of the seed's networks"
            raise fault(PLACE, f"{message}; name a job that a model was sent with")
        named = {"name": before.get("name") if asked.name is None else asked.name}
        whole = asked.model_dump(mode="json", by_alias=True, exclude_unset=True) | network | named
        try:
            return AnalyzeRequest.model_validate(whole)
        except ValidationError as error:
            raise invalid(faults(error, whole, whole="body", model=AnalyzeRequest)) from None

    def lent(self, asked: AnalyzeRequest, brought: Collection[str]) -> Mapping[str, Blob]:
        """By kind, the files that the request needs beside those of the kinds that it brings."""
        has = self.record
        files = {
            "models": (has.model_blob, has.model_sha256, True),
            "images": (has.images_blob, has.images_sha256, needs_images(asked)),
            "objects": (has.objects_blob, has.objects_sha256, needs_objects(asked)),
        }
        return {
            kind: Blob(name, 0, sha256)
            for kind, (name, sha256, needed) in files.items()
            if needed and kind not in brought and name is not None and sha256 is not None
        }


def with_own_files(store: ArtifactStore, question: Question) -> Question:
    """The question with copies of what was lent to it; raises `ProblemError` where they cannot be made."""
    if not question.lent:
        return question
    try:
        with together(store) as copies:
            for kind, blob in question.files.items():
                if blob in question.lent:
                    copies[kind] = store.put(kind, store.chunks(blob.name))
    except FileNotFoundError:
        raise refusal("gone", "The files of the job that model_of names are not stored any more; send them") from None
    except OSError as error:
        detail = "The files of the job that model_of names could not be copied; try again in a moment"
        raise refusal("storage-unavailable", detail, headers=RETRY_LATER) from error
    files = question.files | copies
    return replace(
        question, model=files.get("models"), images=files.get("images"), objects=files.get("objects"), lent=()
    )
