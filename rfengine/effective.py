"""The effective part of an analysis: every estimator at every target, measured and drawn."""

from collections.abc import Mapping, Sequence
from typing import Any

from api_schemas.catalogue import Analysis
from api_schemas.erf import GradientOptions
from api_schemas.report import ErfEntry
from api_schemas.request import AnalyzeRequest
from rfengine.canvas import canvas_warnings
from rfengine.comparisons import draw_comparisons
from rfengine.errors import BadInput, NotEstimable
from rfengine.estimators.erf import ErfMap, Subject, Unit
from rfengine.estimators.estimated import estimated, units_for
from rfengine.estimators.registry import ESTIMATORS, Estimator
from rfengine.estimators.units import units_of
from rfengine.graph import Array, Graph, Shape
from rfengine.limits import Limits
from rfengine.metrics import measure
from rfengine.onnx_import import import_onnx
from rfengine.pictures import MOST_DATA, MOST_DRAWN, MOST_MAPS, Estimate
from rfengine.run import Run

Entries = dict[str, list[ErfEntry]]


def check_images(request: AnalyzeRequest, images: Array | None) -> None:
    """Refuse a request for given images that brings none, before anything is computed.

    Raises:
        BadInput: it does.
    """
    if images is None and Analysis.GRADIENT in request.analyses and request.gradient.inputs == "given":
        raise BadInput(
            "gradient: inputs is 'given', but no images came with the model; send some (--images), "
            "or set inputs to 'noise' or 'texture'"
        )


class Resizing:
    """Imports a model once more for other shapes of an image; the last is kept, since targets ask for the same again.

    Args:
        data: the model file.
        request: what the analysis was asked; its other input shapes and its targets hold.
        source: the image input.
        targets: where to cut the graph.
    """

    def __init__(self, data: bytes, request: AnalyzeRequest, source: str, targets: tuple[str, ...]) -> None:
        self._data, self._request, self._source, self._targets = data, request, source, targets
        self._last: tuple[Shape, Graph] | None = None

    def __call__(self, shape: Shape) -> Graph:
        """The graph for a shape of the image.

        Raises:
            BadInput: the model does not fit it.
        """
        if self._last is None or self._last[0] != shape:
            shapes = {name: given for name, given in self._request.input_shape.items() if name}
            imported = import_onnx(
                self._data,
                input_shape={**shapes, self._source: shape},
                # Without what follows the targets: a classifier's pooling does not fit a small part of the image.
                targets=self._targets,
                limits=Limits.from_environment(),
            )
            self._last = (shape, imported.graph.between_inputs_and(self._targets))
        return self._last[1]


def effective(
    run: Run,
    subject: Subject,
    targets: Sequence[str],
    span: tuple[float, float],
    picture: Array | None = None,
) -> Mapping[Analysis, Entries]:
    """The entries of every estimator that was asked for, by target.

    Args:
        run: the analysis.
        subject: the model.
        targets: feature maps.
        span: shares of the whole analysis between which this part lies.
        picture: an image to draw the maps over as well.

    Raises:
        NotEstimable: the only analysis that was asked for has no answer for any target.
        BadInput: a unit, a channel, a device or images that do not fit.
    """
    asked = [analysis for analysis in run.request.analyses if analysis in ESTIMATORS]
    found = {}
    drawn: list[Estimate] = []
    levels: dict[str, Sequence[float]] = {}
    for index, analysis in enumerate(asked):
        start, end = (span[0] + (span[1] - span[0]) * i / len(asked) for i in (index, index + 1))
        one = _Effective(run, subject, analysis, picture)
        found[analysis] = one.entries(targets, (start, end))
        drawn += one.drawn
        levels[analysis.value] = one.options.levels
    if (album := run.plots()) is not None:
        draw_comparisons(album, subject.fields.graph, drawn, levels)
    return found


class _Effective:
    """One estimator over all targets."""

    def __init__(self, run: Run, subject: Subject, analysis: Analysis, picture: Array | None) -> None:
        self.run, self.subject, self.analysis, self.picture = run, subject, analysis, picture
        self.estimator: Estimator = ESTIMATORS[analysis]
        self.options: Any = self.estimator.options(run.request)
        self.refusals: list[NotEstimable] = []
        self.drawn: list[Estimate] = []

    def entries(self, targets: Sequence[str], span: tuple[float, float]) -> Entries:
        """By target; one that it has no answer for becomes a warning."""
        found: Entries = {}
        for number, target in enumerate(targets):
            self.run.progress(self.analysis.value, span[0] + (span[1] - span[0]) * number / len(targets))
            entries = self._of_target(target, draw=number < MOST_DRAWN)
            if entries:
                found[target] = entries
        if self.refusals and not found and self.run.request.analyses == (self.analysis,):
            raise self.refusals[0]
        return found

    def _of_target(self, target: str, *, draw: bool) -> list[ErfEntry]:
        fields = self.subject.fields
        try:
            units = units_of(fields, target, self.options.units)
            is_estimated = isinstance(self.options, GradientOptions) and self.options.estimate
            more = units_for(fields, target) if is_estimated else []
        except NotEstimable as error:
            self._refuse(error, target)
            return []
        asked = {unit.index: unit for unit in units}
        maps = self._maps(list({**asked, **{unit.index: unit for unit in more}}.values()), target)
        entries = [self._entry(erf, draw=draw) for erf in maps if not more or erf.unit.index in asked]
        if entries and more and {unit.index for unit in more} <= {erf.unit.index for erf in maps}:
            entries[0] = entries[0].model_copy(update={"estimated": estimated(fields, target, maps)})
        return entries

    def _maps(self, units: list[Unit], target: str) -> list[ErfMap]:
        """The maps of all units that have one: together, or one by one where one of them has none."""
        if not units:
            return []
        try:
            return self.estimator.run(self.subject, units, self.options)
        except NotEstimable as error:
            if len(units) == 1:
                self._refuse(error, target)
                return []
        return [erf for unit in units for erf in self._maps([unit], target)]

    def _refuse(self, error: NotEstimable, target: str) -> None:
        self.refusals.append(error)
        self.run.warn("not-estimable", str(error), target)

    def _entry(self, erf: ErfMap, *, draw: bool) -> ErfEntry:
        """Measure one map, draw it, and keep it as data."""
        unit = erf.unit
        entry = ErfEntry(
            unit=list(unit.index),
            centre_px=list(unit.centre),
            canvas=list(unit.canvas),
            inputs=dict(erf.inputs),
            policy=dict(erf.policy),
            support_inside_trf=True if erf.support_checked else None,
            metrics=measure(erf.values, centre=unit.centre, trf=unit.trf, levels=self.options.levels),
        )
        for message in canvas_warnings(erf, entry, self.options):
            self.run.warn("canvas", message, unit.target)
        estimate = Estimate(erf, entry, self.analysis.value, self.estimator.caption(self.options))
        files = [*(self._draw(estimate) if draw else ()), *self._data(estimate)]
        return entry.model_copy(update={"artifacts": tuple(files)})

    def _draw(self, estimate: Estimate) -> list[str]:
        album = self.run.plots()
        if album is None:
            return []
        self.drawn.append(estimate)
        erf, entry = estimate.erf, estimate.entry
        pictures = album.effective(erf, entry, estimator=estimate.estimator, computed=estimate.computed)
        if self.picture is not None:
            pictures += album.on_image(estimate, picture=self.picture)
        return pictures

    def _data(self, estimate: Estimate) -> list[str]:
        if self.run.album is None:
            return []
        files = self.run.album.data(estimate)
        if not files:
            self.run.warn(
                "maps-left-out",
                f"maps are kept as data up to {MOST_DATA >> 20} MiB and {MOST_MAPS:,} files, so that not every map has "
                "its .npz; ask for fewer targets or units to have them all",
            )
        return files
