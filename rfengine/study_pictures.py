"""Pictures of studies and sweeps: what was trained, and how far it saw."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import RunSpec, SweepResult, SweepRow
from rfengine.picture_folder import PictureFolder, slug
from rfengine.plots.measured import MeasuredMap
from rfengine.plots.series import DepthProfile, DepthSize, PowerLaw, Study


class StudyPictures(PictureFolder):
    """The part of an album that shows studies and sweeps."""

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
