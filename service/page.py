"""`/`: the web page; `/docs`: the API to try out; the files of both, under an address that changes with their content.

A file is read and compressed once. The pages hold no data: what they show they ask the API for, with the session of
who looks, so their files are open to everybody.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from fastapi import APIRouter, Request, Response

from service.problems import refusal
from service.views import matches

FOLDER = Path(__file__).parent / "static"
ROOT = "/static/"
PAGES = {"/": "index.html", "/docs": "docs.html"}

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Its own scripts and styles from its own address, and nothing in the markup itself: what a model's names or a stored
# file bring along is never run. Pictures may be made in the page (blob, data).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASKED_AGAIN = {"Cache-Control": "no-cache"}

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, eq=False)
class PageFile:
    """One file of the page."""

    media_type: str
    plain: bytes

    @cached_property
    def packed(self) -> bytes:
        """The same compressed; the time in gzip's header would make equal files differ."""
        return gzip.compress(self.plain, 9, mtime=0)

    @cached_property
    def digest(self) -> str:
        """What its ETag says."""
        return hashlib.sha256(self.plain).hexdigest()[:32]

    @classmethod
    def of(cls, name: str, content: bytes) -> "PageFile":
        """From its content; what stands in it for the address of the others is filled in."""
        if name in PAGES.values():
            content = content.replace(b"{base}", base().encode())
        return cls(MEDIA_TYPES[Path(name).suffix], content)


@cache
def _contents() -> dict[str, bytes]:
    """Every file of the page by its name in the folder; what its libraries were made from is none."""
    found = {path.relative_to(FOLDER): path for path in sorted(FOLDER.rglob("*")) if path.suffix in MEDIA_TYPES}
    return {name.as_posix(): path.read_bytes() for name, path in found.items() if "src" not in name.parts}


@cache
def base() -> str:
    """The address that the page's files lie below; another one as soon as any of them changes."""
    digest = hashlib.sha256()
    for name, content in _contents().items():
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return f"{ROOT}{digest.hexdigest()[:16]}/"


@cache
def files() -> dict[str, PageFile]:
    """Every file by its whole path; the pages have addresses of their own, and name the others by theirs."""
    found = {name: PageFile.of(name, content) for name, content in _contents().items()}
    pages = {path: found.pop(name) for path, name in PAGES.items()}
    return pages | {base() + name: file for name, file in found.items()}


@router.get("/")
def show_page(request: Request) -> Response:
    """The page."""
    return _answer(request, files()["/"], _ASKED_AGAIN)


@router.get("/docs")
def show_api(request: Request) -> Response:
    """The API's description, to read and to try out."""
    return _answer(request, files()["/docs"], _ASKED_AGAIN)


@router.get("/static/{path:path}")
def show_file(request: Request) -> Response:
    """A file of the page."""
    file = files().get(request.url.path)
    if file is None:
        detail = f"There is nothing at {request.url.path}; a page from before an upgrade has to be loaded again"
        raise refusal("not-found", detail)
    return _answer(request, file, _IMMUTABLE)


def _answer(request: Request, file: PageFile, caching: dict[str, str]) -> Response:
    packed = "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{file.digest}{"-gzip" if packed else ""}"'
    headers = {**caching, "ETag": tag, "Vary": "Accept-Encoding", "Content-Security-Policy": POLICY}
    if matches(request, tag):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.packed if packed else file.plain, headers=headers, media_type=file.media_type)
