"""`/`: the web page, and the files that it is made of under an address that changes with their content.

Everything is read and compressed once, when the process starts. The page holds no data: what it shows it asks the API
for, with the session of who looks, so its files are open to everybody.
"""

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from service.problems import refusal
from service.views import matches

FOLDER = Path(__file__).parent / "static"
ROOT = "/static/"
INDEX = "index.html"

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


@dataclass(frozen=True)
class PageFile:
    """One file, and the same compressed."""

    media_type: str
    plain: bytes
    packed: bytes

    @classmethod
    def of(cls, name: str, content: bytes) -> "PageFile":
        """From its content; the time in gzip's header would make equal files differ."""
        return cls(MEDIA_TYPES[Path(name).suffix], content, gzip.compress(content, 9, mtime=0))


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
    """Every file of the page by its whole path; `/` is the page itself, which names the others by their address."""
    contents = _contents()
    page = PageFile.of(INDEX, contents[INDEX].replace(b"{base}", base().encode()))
    return {"/": page} | {base() + name: PageFile.of(name, content) for name, content in contents.items()}


@router.get("/")
def show_page(request: Request) -> Response:
    """The page."""
    return _answer(request, files()["/"], _ASKED_AGAIN)


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
    tag = f'"{hashlib.sha256(file.plain).hexdigest()[:32]}{"-gzip" if packed else ""}"'
    headers = {**caching, "ETag": tag, "Vary": "Accept-Encoding", "Content-Security-Policy": POLICY}
    if matches(request, tag):
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(file.packed if packed else file.plain, headers=headers, media_type=file.media_type)
