"""Pictures of a finished analysis, written as files and listed as artifacts."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from api_schemas.job import Artifact
from api_schemas.report import Analytic, ErfEntry, TensorField
from rfengine.estimators.erf import ErfMap
from rfengine.graph import Graph

Images = Mapping[str, Sequence[int]]  # size of every input along its axes, px

PNG, SVG = "image/png", "image/svg+xml"
SUFFIXES = {PNG: ".png", SVG: ".svg"}

# So many targets have pictures of each kind; a detector with all its heads would have a hundred.
MOST_DRAWN = 8


class Album:
    """Collects the pictures of one report in a folder, each under a name of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        self.artifacts: list[Artifact] = []

    def graph(self, graph: Graph, analytic: Analytic, *, targets: Sequence[str], images: Images, model: str) -> None:
        """The whole network as SVG; needs no matplotlib.

        Raises:
            TooLargeToDrawError: the graph has more boxes and lines than a picture can show.
        """
        from rfengine.plots import graph_svg

        drawing = graph_svg(graph, analytic, targets, images=images, model=model)
        self._add("graph", drawing, "The graph with the receptive field of each box", SVG)

    def growth(
        self,
        analytic: Analytic,
        *,
        targets: Sequence[str],
        images: Images,
        model: str,
        least: Sequence[int] | None = None,
    ) -> None:
        """Receptive-field size over depth, relative to the first input; `least`: see `plots.growth`."""
        from rfengine import plots

        name, image = next(iter(images.items()))
        source = name if len(images) > 1 else None
        picture = plots.growth(analytic.tensors, targets=targets, image=image, model=model, source=source, least=least)
        self._add("growth", picture, "Receptive-field growth over depth")

    def grid(self, target: str, analytic: Analytic, *, images: Images, picture: NDArray[Any] | None = None) -> None:
        """The fields of a target's first, centre and last unit over the first input that it sees.

        Raises:
            BadInput: the picture to draw on is none.
        """
        from rfengine import plots

        tensor = analytic.tensors[target]
        fields = {next(iter(images)): tensor} if isinstance(tensor, TensorField) else tensor.by_input
        source, field = next(iter(fields.items()))
        drawing = plots.grid(field, units=tensor.units, canvas=images[source], tensor=target, picture=picture)
        self._add(f"{slug(target)}.grid", drawing, f"Receptive-field grid of {target}")

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

    def _add(self, stem: str, data: bytes, title: str, media_type: str = PNG) -> str:
        # Two tensor names may share a slug; the second picture gets a number.
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
