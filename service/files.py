"""Stored files as HTTP answers: tagged, inert, and immutable unless said otherwise."""

from collections.abc import Mapping

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from jobstore.records import StoredArtifact
from service.heads import wants_body
from service.problems import refusal
from service.stores import Stores
from service.views import matches

IMMUTABLE = {"Cache-Control": "private, max-age=31536000, immutable"}

# What a job made is shown, never run: a browser gets no scripts, no frames and no second guess at the type. A report
# shows the pictures that lie beside it.
_INERT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox",
}

# What a browser shows in place; whatever else a job may come to make is a download.
_SHOWN = {"application/json", "application/pdf", "application/sarif+json", "application/xml"}
_SHOWN_KINDS = ("image/", "text/")


def file_answer(
    stores: Stores, request: Request, file: StoredArtifact, headers: Mapping[str, str] = IMMUTABLE
) -> Response:
    """The file's bytes; 304 where the request shows that it has them, no body for HEAD. Raises `ProblemError`."""
    artifact = file.artifact
    tag = f'"{artifact.sha256}"'
    shared = {**_INERT, **headers, "ETag": tag}
    if matches(request, tag):
        return Response(status_code=304, headers=shared)
    shared |= {
        "Content-Length": str(artifact.bytes),
        "Content-Disposition": f'{_disposition(artifact.media_type)}; filename="{artifact.name}"',
    }
    try:
        if not wants_body(request):
            stores.artifacts.open(file.blob).close()
            return Response(media_type=artifact.media_type, headers=shared)
        chunks = stores.artifacts.chunks(file.blob)
    except FileNotFoundError:
        detail = f"The bytes of {artifact.name!r} are not in the store any more; ask again, then submit the job again"
        raise refusal("not-found", detail) from None
    return StreamingResponse(chunks, media_type=artifact.media_type, headers=shared)


def _disposition(media_type: str) -> str:
    bare = media_type.partition(";")[0].strip().lower()
    return "inline" if bare in _SHOWN or bare.startswith(_SHOWN_KINDS) else "attachment"
