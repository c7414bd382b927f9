"""Pictures of a finished analysis, written as files and listed as artifacts."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from api_schemas.job import Artifact
from api_schemas.report import Analytic, ErfEntry, TensorField
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import RunSpec, SweepResult, SweepRow
from rfengine.estimators.erf import ErfMap
from rfengine.graph import Graph
from rfengine.plots.measured import MeasuredMap
from rfengine.plots.series import DepthProfile, DepthSize, PowerLaw, Study

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Images = Mapping[str, Sequence[int]]  # size of every input along its axes, px

PNG, SVG = "image/png", "image/svg+xml"
SUFFIXES = {PNG: ".png", SVG: ".svg"}

# So many targets have pictures of each kind; a detector with all its heads would have a hundred.
MOST_DRAWN = 8


@dataclass(frozen=True, eq=False)
class Estimate:
    """A map with its entry: `estimator` by its name in the report, `computed` in a few words."""

    erf: ErfMap
    entry: ErfEntry
    estimator: str
    computed: str

    @property
    def about(self) -> str:
        """Which unit of which tensor."""
        return f"{self.erf.unit.target}, unit {list(self.erf.unit.index)}"

    @property
    def measured(self) -> MeasuredMap:
        """As pictures take it."""
        unit = self.erf.unit
        return MeasuredMap(self.erf.values, self.entry, unit.target, self.estimator, self.computed, unit.hull)


class Album:
    """Collects the pictures of one report in a folder, each under a name of its own.

    All but the graph come as PNG and as SVG. Methods answer the names of what they drew.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()
        # The unit whose pictures go by the target's name alone; further units add their index.
        self._units: dict[str, tuple[int, ...]] = {}
        self.artifacts: list[Artifact] = []

    def graph(self, graph: Graph, analytic: Analytic, *, targets: Sequence[str], images: Images, model: str) -> None:
        """The whole network as SVG; needs no matplotlib.

        Raises:
            TooLargeToDrawError: the graph has more boxes and lines than a picture can show.
        """
        from rfengine.plots import graph_svg

        drawing = graph_svg(graph, analytic, targets, images=images, model=model)
        self._add("graph", drawing, SVG, "The graph with the receptive field of each box")

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
        figure = plots.growth(analytic.tensors, targets=targets, image=image, model=model, source=source, least=least)
        self._add_figure("growth", figure, "Receptive-field growth over depth")

    def grid(self, target: str, analytic: Analytic, *, images: Images, picture: NDArray[Any] | None = None) -> None:
        """The fields of a target's first, centre and last unit over the first input that it sees.

        Raises:
            BadInput: the picture to draw on is none.
        """
        from rfengine import plots

        tensor = analytic.tensors[target]
        fields = {next(iter(images)): tensor} if isinstance(tensor, TensorField) else tensor.by_input
        source, field = next(iter(fields.items()))
        figure = plots.grid(field, units=tensor.units, canvas=images[source], tensor=target, picture=picture)
        self._add_figure(f"{slug(target)}.grid", figure, f"Receptive-field grid of {target}")

    def effective(self, erf: ErfMap, entry: ErfEntry, *, estimator: str, computed: str) -> list[str]:
        """Heatmap and profile of one map: `r171.gradient.png`, `r171.gradient.profile.png`, and as SVG."""
        from rfengine import plots

        estimate = Estimate(erf, entry, estimator, computed)
        stem = self._stem(estimate, estimator)
        shown, what = estimate.measured, f"ffective receptive field ({estimator}) of {estimate.about}"
        return [
            *self._add_figure(stem, plots.heatmap(shown), f"E{what}"),
            *self._add_figure(f"{stem}.profile", plots.profile(shown), f"Profile of the e{what}"),
        ]

    def on_image(self, estimate: Estimate, *, picture: NDArray[Any] | None = None) -> list[str]:
        """One map over an image: `r171.gradient.on-image.png`. A map of one axis has none.

        `picture`: see `plots.on_image`.

        Raises:
            BadInput: the picture to draw on is none.
        """
        from rfengine import plots

        if estimate.erf.values.ndim == 1:
            return []
        stem = f"{self._stem(estimate, estimate.estimator)}.on-image"
        title = f"Effective receptive field ({estimate.estimator}) of {estimate.about} over the image"
        return self._add_figure(stem, plots.on_image(estimate.measured, picture=picture), title)

    def estimators(self, estimates: Sequence[Estimate]) -> list[str]:
        """The maps of one unit by two to four estimators side by side: `r171.estimators.png`."""
        from rfengine import plots

        first = estimates[0]
        figure = plots.estimators([estimate.measured for estimate in estimates])
        return self._add_figure(self._stem(first, "estimators"), figure, f"Estimators side by side: {first.about}")

    def depth_profiles(
        self,
        name: str,
        layers: Sequence[DepthProfile],
        *,
        title: str,
        notes: Sequence[str],
        levels: Sequence[float] = (),
        guide: PowerLaw | None = None,
    ) -> list[str]:
        """Axis profiles over depth: `<name>.depth-profiles.png`; see `plots.depth_profiles`."""
        from rfengine import plots

        figure = plots.depth_profiles(layers, title=title, notes=notes, levels=levels, guide=guide)
        return self._add_figure(f"{slug(name)}.depth-profiles", figure, title)

    def depth_sizes(self, name: str, layers: Sequence[DepthSize], *, title: str, notes: Sequence[str]) -> list[str]:
        """Sizes over depth: `<name>.depth-sizes.png`; see `plots.depth_sizes`."""
        from rfengine import plots

        return self._add_figure(f"{slug(name)}.depth-sizes", plots.depth_sizes(layers, title=title, notes=notes), title)

    def study(self, name: str, study: Study) -> list[str]:
        """A study's figure: `<name>.png`."""
        from rfengine import plots

        return self._add_figure(slug(name), plots.study(study), study.title)

    def study_maps(self, name: str, maps: Sequence[MeasuredMap], *, title: str, notes: Sequence[str]) -> list[str]:
        """Fields before and after a study's trainings, side by side: `<name>.png`."""
        from rfengine import plots

        return self._add_figure(slug(name), plots.study_maps(maps, title=title, notes=notes), title)

    def sweep(self, result: SweepResult) -> list[str]:
        """A trainability sweep over depth: `sweep.heatmap.png`, `sweep.boundary.png`."""
        from rfengine import plots

        return [
            *self._add_figure("sweep.heatmap", plots.sweep_heatmap(result), "Accuracy over distance and depth"),
            *self._add_figure("sweep.boundary", plots.sweep_boundary(result), "Boundary of trainability over depth"),
        ]

    def sweep_row(self, row: SweepRow, options: SweepOptions) -> list[str]:
        """One network of a sweep: `<network>.accuracy.png`, `<network>.learning.png`."""
        from rfengine import plots

        stem, name = slug(row.network), row.network
        names = self._add_figure(f"{stem}.accuracy", plots.sweep_row(row, options), f"Accuracy over distance of {name}")
        if any(run.accuracies for run in row.runs):
            figure = plots.sweep_learning(row, options)
            names += self._add_figure(f"{stem}.learning", figure, f"Accuracy in training of {name}")
        return names

    def grown(self, run: RunSpec, before: MeasuredMap, after: MeasuredMap, *, accuracy: float | None) -> list[str]:
        """A training's effective field before and after: `<network>.grown-10px-seed0.png`."""
        from rfengine import plots

        figure = plots.sweep_grown(before, after, run, accuracy=accuracy)
        stem = f"{slug(run.network)}.grown-{run.distance_px}px-seed{run.seed}"
        return self._add_figure(stem, figure, f"Effective field before and after training: {run.label}")

    def samples(
        self,
        name: str,
        images: NDArray[Any],
        targets: NDArray[Any],
        labels: Sequence[bool],
        *,
        outputs: NDArray[Any] | None = None,
        answers: Sequence[bool] | None = None,
        notes: Sequence[str] = (),
    ) -> list[str]:
        """Images of a dataset and their spots: `<name>.samples.png`; see `plots.sweep_samples`."""
        from rfengine import plots

        figure = plots.sweep_samples(
            images, targets, labels, outputs=outputs, answers=answers, title=f"Images of {name}", notes=notes
        )
        return self._add_figure(f"{slug(name)}.samples", figure, f"Images of {name}")

    def _stem(self, estimate: Estimate, kind: str) -> str:
        """`r171.gradient` for the first unit of a target that is drawn, `r171.gradient.unit-0-0` for others."""
        unit = estimate.erf.unit
        stem = f"{slug(unit.target)}.{kind}"
        if self._units.setdefault(unit.target, unit.index) == unit.index:
            return stem
        return f"{stem}.unit-{'-'.join(map(str, unit.index))}"

    def _add_figure(self, stem: str, figure: "Figure", title: str) -> list[str]:
        from rfengine.plots import style

        return [self._add(stem, style.png(figure), PNG, title), self._add(stem, style.svg(figure), SVG, title)]

    def _add(self, stem: str, data: bytes, media_type: str, title: str) -> str:
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
