"""Pictures of a finished analysis, and its maps as data, written as files and listed as artifacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from api_schemas.coverage import CoverageResult
from api_schemas.report import Analytic, ErfEntry, TensorField
from rfengine.coverage.checked import Checked
from rfengine.estimators.erf import ErfMap
from rfengine.graph import Graph
from rfengine.map_files import map_arrays, npz
from rfengine.picture_folder import NPZ, SVG, slug
from rfengine.plots.measured import MeasuredMap
from rfengine.study_pictures import StudyPictures

Images = Mapping[str, Sequence[int]]  # size of every input along its axes, px

# So many targets have pictures of each kind; a detector with all its heads would have a hundred.
MOST_DRAWN = 8
# All targets have their maps as data, until there are so many bytes or files of them.
MOST_DATA, MOST_MAPS = 128 << 20, 1024


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


class Album(StudyPictures):
    """Collects the pictures of one report in a folder, each under a name of its own.

    All but the graph come as PNG and as SVG; maps come as data too, which needs no matplotlib. Methods answer the names
    of what they wrote.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        # The unit whose pictures go by the target's name alone; further units add their index.
        self._units: dict[str, tuple[int, ...]] = {}

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

    def data(self, estimate: Estimate) -> list[str]:
        """One map as data, see `map_files`: `r171.gradient.npz`. None where the files have grown too many or large."""
        sizes = [artifact.bytes for artifact in self.artifacts if artifact.media_type == NPZ]
        content = npz(map_arrays(estimate.erf))
        if len(sizes) >= MOST_MAPS or sum(sizes) + len(content) > MOST_DATA:
            return []
        title = f"Effective receptive field ({estimate.estimator}) of {estimate.about}, as data"
        return [self._add(self._stem(estimate, estimate.estimator), content, NPZ, title)]

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

    def coverage(
        self,
        result: CoverageResult,
        checked: Checked,
        *,
        picture: NDArray[Any] | None = None,
        pictures: Mapping[str, NDArray[Any]] | None = None,
    ) -> list[str]:
        """A coverage check: `coverage.sizes.png`, `coverage.scatter.png`, and `coverage.worst.png` where any is named.

        `picture`, `pictures`: what the worst objects lie on; see `plots.coverage_worst`.

        Raises:
            BadInput: a picture to draw on is none.
        """
        from rfengine import plots

        names = [
            *self._add_figure("coverage.sizes", plots.coverage_sizes(result, checked), "Object sizes and heads"),
            *self._add_figure("coverage.scatter", plots.coverage_scatter(result, checked), "Which head covers which"),
        ]
        if result.worst:
            figure = plots.coverage_worst(result.worst, result, picture=picture, pictures=pictures)
            names += self._add_figure("coverage.worst", figure, "Objects that are furthest from being covered")
        return names

    def objects(self, rows: Mapping[str, NDArray[Any]]) -> str:
        """The objects of a coverage check as data, see `coverage.rows`: `coverage.objects.npz`."""
        return self._add("coverage.objects", npz(rows), NPZ, "Objects of the coverage check, as data")

    def _stem(self, estimate: Estimate, kind: str) -> str:
        """`r171.gradient` for the first unit of a target that is drawn, `r171.gradient.unit-0-0` for others."""
        unit = estimate.erf.unit
        stem = f"{slug(unit.target)}.{kind}"
        if self._units.setdefault(unit.target, unit.index) == unit.index:
            return stem
        return f"{stem}.unit-{'-'.join(map(str, unit.index))}"
