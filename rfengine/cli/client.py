"""A client of the service: send a question, wait for the answer, fetch what it made."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from uuid import uuid4

import httpx

from api_schemas.formats import FORMATS
from api_schemas.job import Artifact, ArtifactList, Job, JobPage, JobStatus, cache_key
from api_schemas.objects import LocalImagesError, with_names_only
from api_schemas.problem import Problem
from api_schemas.queues import queue_of
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from rfengine.cli.events import changes
from rfengine.cli.question import Question
from rfengine.cli.server_error import ServerError
from rfengine.errors import BadInput

KEY_VARIABLE = "RFENGINE_API_KEY"
TIMEOUT = httpx.Timeout(30.0, read=120.0)
POLL_SECONDS = 0.25
CHUNK = 1 << 20  # bytes
# A server that restarts is away for seconds; a poll that fails is repeated for this long.
PATIENCE_SECONDS = 30.0


class Client:
    """Talks to one server. The key of the environment variable RFENGINE_API_KEY is sent where it is set."""

    def __init__(self, url: str) -> None:
        key = os.environ.get(KEY_VARIABLE)
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._url = url
        self._http = httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def submit(self, question: Question) -> Job:
        """Post a question with its files; one that the server has answered before is not uploaded again."""
        asked = replace(question, request=_as_the_server_knows_it(question))
        body = asked.request.model_dump_json(exclude_unset=True, by_alias=True)
        with _objects_of(question) as objects:
            files = _files(asked, objects)
            known = self._answered(asked, objects) if files else None
            if known is not None:
                return known
            if files:
                answer = self._post({}, files=files, data={"request": body})
            else:
                answer = self._post({"Content-Type": "application/json"}, content=body)
        return Job.model_validate_json(answer.content)

    def wait(self, job: Job, on_change: Callable[[Job], None]) -> Job:
        """Follow the job until it has ended; `on_change` sees every change."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not job.status.final:
            on_change(job)
            try:
                # Only shown: a stream ends with its job, but also with its server, or with a proxy's patience.
                shown = job
                for shown in self._changes(job):
                    on_change(shown)
                if not shown.status.final:
                    time.sleep(POLL_SECONDS)
                job = Job.model_validate_json(self._send("GET", job.links.self).content)
                deadline = time.monotonic() + PATIENCE_SECONDS
            except ServerError as error:
                if error.callers_fault or time.monotonic() > deadline:
                    raise
                time.sleep(POLL_SECONDS)
        on_change(job)
        return job

    def report(self, job: Job) -> Report:
        """The report of a job that succeeded."""
        answer = self._send("GET", job.links.report, headers={"Accept": "application/json"})
        return Report.model_validate_json(answer.content)

    def download(self, job: Job, folder: Path) -> list[Artifact]:
        """Fetch the job's pictures and data into a folder; reports are asked for by themselves."""
        listed = ArtifactList.model_validate_json(self._send("GET", job.links.artifacts).content).artifacts
        reports = {form.file for form in FORMATS.values()}
        files = [artifact for artifact in listed if artifact.name not in reports]
        for artifact in files:
            # The server is trusted with content, not with places: only the last part of a name is used.
            data = self._send("GET", f"{job.links.artifacts}/{artifact.name}").content
            (folder / Path(artifact.name).name).write_bytes(data)
        return files

    def _post(self, headers: dict[str, str], **body: object) -> httpx.Response:
        """Send a question; again where the line broke, under a key by which the server takes it once."""
        headers = {**headers, "Idempotency-Key": uuid4().hex}
        broke: float | None = None
        while True:
            try:
                return self._send("POST", "/analyze", headers=headers, **body)
            except ServerError as error:
                # A server that was never there is told at once; one that was lost may be back in seconds.
                lost = isinstance(error.__cause__, httpx.TransportError)
                if not lost or (broke is None and isinstance(error.__cause__, httpx.ConnectError)):
                    raise
                broke = broke or time.monotonic()
                if time.monotonic() - broke > PATIENCE_SECONDS:
                    raise
                time.sleep(POLL_SECONDS)

    def _answered(self, question: Question, objects: IO[bytes] | None) -> Job | None:
        """The job that has answered the same question, if the server knows one."""
        server = json.loads(self._send("GET", "/healthz").content)
        key = cache_key(
            question.request.model_dump(mode="json", by_alias=True),
            model_sha256=_sha256(question.model),
            images_sha256=_sha256(question.images),
            objects_sha256=None if objects is None else _sha256_of(objects),
            engine_version=server["version"],
            device=queue_of(question.request, gpu=server.get("gpu", False)),
        )
        wanted = {"cache_key": key, "status": JobStatus.SUCCEEDED.value, "limit": "1"}
        page = JobPage.model_validate_json(self._send("GET", "/jobs", params=wanted).content)
        return next(iter(page.jobs), None)

    def _changes(self, job: Job) -> Iterator[Job]:
        """The job after each of its events; nothing of a server that has none."""
        if job.links.events is None:
            return
        with self._reached(), self._http.stream("GET", job.links.events) as answer:
            if not answer.is_success:
                answer.read()
                raise ServerError(_problem_in(answer))
            yield from changes(answer.iter_lines(), job)

    def _send(self, method: str, path: str, **options: object) -> httpx.Response:
        with self._reached():
            answer = self._http.request(method, path, **options)  # type: ignore[arg-type]
        if answer.is_success:
            return answer
        raise ServerError(_problem_in(answer))

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            yield
        except httpx.HTTPError as error:
            detail = f"no answer from {self._url}: {error}; is the server running? start one with: rfengine serve"
            raise ServerError(
                Problem(type="urn:rfengine:unreachable", title="Server unreachable", status=503, detail=detail)
            ) from error


def _as_the_server_knows_it(question: Question) -> AnalyzeRequest:
    """The request as the server makes it of this form: said here, both ends see the same question."""
    asked = question.request
    if question.model is not None and asked.name is None:
        asked = asked.model_copy(update={"name": Path(question.name).stem})
    try:
        return with_names_only(asked)
    except LocalImagesError as error:
        raise BadInput(f"objects.images: {error}") from error


@contextmanager
def _objects_of(question: Question) -> Iterator[IO[bytes] | None]:
    policy = question.request.coverage
    if question.objects is None or policy is None:
        yield None
        return
    from rfengine.cli.objects import opened

    with opened(question.objects, policy.objects.source) as file:
        yield file


def _files(question: Question, objects: IO[bytes] | None) -> dict[str, tuple[str, bytes | IO[bytes], str]]:
    """The parts of the form that are files: name, content and type of each."""
    parts: dict[str, tuple[str, bytes | IO[bytes] | None]] = {
        "model": (question.name, question.model),
        "images": ("images.zip", question.images),
        "objects": ("objects", objects),
    }
    return {
        part: (name, content, "application/octet-stream")
        for part, (name, content) in parts.items()
        if content is not None
    }


def _sha256(content: bytes | None) -> str | None:
    return None if content is None else sha256(content).hexdigest()


def _sha256_of(file: IO[bytes]) -> str:
    digest = sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _problem_in(answer: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(answer.content)
    except ValueError:
        detail = (
            f"{answer.request.method} {answer.request.url.path} answered {answer.status_code} without a problem body"
        )
        return Problem(
            type="about:blank", title=answer.reason_phrase, status=max(400, answer.status_code), detail=detail
        )
