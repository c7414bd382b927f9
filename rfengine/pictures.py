"""Pictures of a finished analysis, written as files and listed as artifacts."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from api_schemas.job import Artifact
from api_schemas.report import Analytic, ErfEntry
from rfengine.estimators.erf import ErfMap


class Album:
    """Collects the pictures of one report in a folder, each under a name of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self.artifacts: list[Artifact] = []

    def growth(self, analytic: Analytic, *, targets: Sequence[str], image: Sequence[int], model: str) -> None:
        """Receptive-field size over depth."""
        from rfengine import plots

        several = any(not hasattr(tensor, "size") for tensor in analytic.tensors.values())
        first = next(iter(analytic.tensors.values()))
        source = next(iter(first.by_input)) if several and hasattr(first, "by_input") else None
        picture = plots.growth(analytic.tensors, targets=targets, image=image, model=model, source=source)
        self._add("growth", picture, "Receptive-field growth over depth")

    def effective(self, erf: ErfMap, entry: ErfEntry, *, estimator: str, computed: str) -> list[str]:
        """Heatmap and profile of one map; their names."""
        from rfengine import plots

        target, field = erf.unit.target, erf.unit.hull
        about = f"{target}, unit {list(erf.unit.index)}"
        heatmap = plots.heatmap(erf.values, entry=entry, tensor=target, computed=computed, field=field)
        profile = plots.profile(erf.values, entry=entry, tensor=target, computed=computed, field=field)
        stem = f"{slug(target)}.{estimator}"
        return [
            self._add(stem, heatmap, f"Effective receptive field ({estimator}) of {about}"),
            self._add(f"{stem}.profile", profile, f"Profile of the effective receptive field ({estimator}) of {about}"),
        ]

    def _add(self, stem: str, png: bytes, title: str) -> str:
        # Two tensor names may share a slug; the second picture gets a number.
        name, count = f"{stem}.png", 1
        while name in self._taken:
            count += 1
            name = f"{stem}-{count}.png"
        self._taken.add(name)
        (self._folder / name).write_bytes(png)
        digest = hashlib.sha256(png).hexdigest()
        self.artifacts.append(Artifact(name=name, media_type="image/png", bytes=len(png), sha256=digest, title=title))
        return name


def slug(name: str) -> str:
    """A tensor's name as part of a file name: letters, digits, `-` and `_`; at most 80 characters."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:80] or "tensor"
