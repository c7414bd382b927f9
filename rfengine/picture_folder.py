"""Pictures, and data beside them, as files of one folder, listed as artifacts."""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from api_schemas.job import Artifact

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PNG, SVG = "image/png", "image/svg+xml"
NPZ = "application/zip"  # what an .npz is; it has no type of its own
SUFFIXES = {PNG: ".png", SVG: ".svg", NPZ: ".npz"}


class PictureFolder:
    """Writes pictures and data into a folder, each under a name of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self.artifacts: list[Artifact] = []

    def _add_figure(self, stem: str, figure: "Figure", title: str) -> list[str]:
        from rfengine.plots import style

        return [self._add(stem, style.png(figure), PNG, title), self._add(stem, style.svg(figure), SVG, title)]

    def _add(self, stem: str, data: bytes, media_type: str, title: str) -> str:
        # Two tensor names may share a slug; the second file gets a number.
        suffix = SUFFIXES[media_type]
        name, count = f"{stem}{suffix}", 1
        while name in self._taken:
            count += 1
            name = f"{stem}-{count}{suffix}"
        self._taken.add(name)
        (self._folder / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        self.artifacts.append(Artifact(name=name, media_type=media_type, bytes=len(data), sha256=digest, title=title))
        return name


def slug(name: str) -> str:
    """A tensor's name as part of a file name: letters, digits, `-` and `_`; at most 80 characters."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80] or "tensor"
