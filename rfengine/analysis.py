"""One request, one report: import, fields, targets, estimators, pictures, in that order."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from api_schemas import zoo
from api_schemas.advice import Advice, AdviceByInput
from api_schemas.catalogue import Analysis
from api_schemas.report import Analytic, EngineInfo, ErfEntry, ModelInfo, Parity, Report, ReportWarning
from api_schemas.request import AnalyzeRequest, ConstantForwardOptions, GradientOptions
from api_schemas.spec import ConstantInit, LayerSpec
from rfengine import __version__
from rfengine.describe import analytic_report
from rfengine.errors import BadInput, BadModel, BadSpec, MissingExtra, NotEstimable
from rfengine.estimators.advice import advise
from rfengine.estimators.analytic import Fields, receptive_fields, spatial_axes
from rfengine.estimators.approximations import approximations
from rfengine.estimators.constant_forward import constant_forward
from rfengine.estimators.erf import ErfMap, Unit, centre_unit
from rfengine.estimators.gradient import gradient
from rfengine.estimators.probe import Verification, probe
from rfengine.estimators.source import fields_from
from rfengine.graph import Array, Graph
from rfengine.limits import Limits
from rfengine.metrics import measure
from rfengine.onnx_import import Imported, import_onnx
from rfengine.pictures import MOST_DRAWN, Album
from rfengine.plots.graph import TooLargeToDrawError
from rfengine.targets import find_targets

Progress = Callable[[str, float], None]

# The torch module and onnxruntime agree to rounding; beyond this the report says so.
PARITY_TOLERANCE = 1e-4

# Shares of the whole at which the stages end; the estimators share what is left.
IMPORTED, FIELDS, CHECKED = 0.05, 0.10, 0.20


@dataclass(frozen=True)
class Estimator:
    """An effective-receptive-field estimator as the analysis runs it."""

    run: Callable[[Fields, Unit, Any], ErfMap]
    options: Callable[[AnalyzeRequest], ConstantForwardOptions | GradientOptions]
    computed: Callable[[Any], str]


ESTIMATORS: dict[Analysis, Estimator] = {
    Analysis.CONSTANT_FORWARD: Estimator(
        constant_forward,
        lambda request: request.constant_forward,
        lambda options: f"constant forward, all weights {options.weight:g}",
    ),
    Analysis.GRADIENT: Estimator(
        gradient,
        lambda request: request.gradient,
        lambda options: f"gradient, {options.reduction} over {options.images} noise images",
    ),
}


@dataclass
class _Run:
    """What one analysis carries from stage to stage."""

    request: AnalyzeRequest
    name: str
    album: Album
    progress: Progress
    warnings: list[ReportWarning] = field(default_factory=list)

    def warn(self, code: str, message: str, tensor: str | None = None) -> None:
        """Add a warning, once."""
        found = ReportWarning(code=code, message=message, tensor=tensor)
        if found not in self.warnings:
            self.warnings.append(found)


def analyze(
    model: bytes | None,
    request: AnalyzeRequest,
    *,
    name: str = "model",
    out: Path,
    progress: Progress = lambda _stage, _share: None,
    picture: Array | None = None,
) -> Report:
    """Analyse a model.

    Args:
        model: the bytes of an ONNX file; None when the request brings a layer spec.
        request: what to compute.
        name: what to call the model where the request does not say.
        out: an existing folder for the pictures.
        progress: told the stage and the share of the work done, 0 to 1.
        picture: an image to draw the receptive-field grids on, height x width (x 3), bytes or floats from 0 to 1.

    Returns:
        The report; its pictures lie in `out` under the names it lists.

    Raises:
        RfengineError: one of its kinds (see rfengine.errors), naming place, value and next step.
    """
    run = _Run(request, request.name or request.zoo or name, Album(out), progress)
    progress("import", 0.0)
    data = _model_bytes(model, request, run.name)
    imported = import_onnx(
        data,
        name=run.name,
        input_shape=request.input_shape,
        targets=request.targets,
        limits=Limits.from_environment(),
    )
    for message in imported.warnings:
        run.warn("default-shape", message)
    progress("analytic", IMPORTED)
    graph = imported.graph
    fields = receptive_fields(graph) if request.source is None else fields_from(graph, request.source)
    targets = find_targets(fields, request.targets)
    if len(targets) > MOST_DRAWN and _can_draw(run):
        run.warn(
            "few-pictures",
            f"pictures are drawn of the first {MOST_DRAWN} of {len(targets)} targets; "
            "name others with targets (--target) to see them",
        )
    estimators = [a for a in request.analyses if a in ESTIMATORS]
    progress("parity", FIELDS)
    parity = _parity(run, data, imported, targets) if estimators else None
    progress("verify" if request.verify else "analytic", CHECKED)
    analytic = _analytic(run, fields)
    maps = {
        analysis: _estimate(run, fields, targets, analysis, i, len(estimators)) for i, analysis in enumerate(estimators)
    }
    images = {image: fields.canvas(image) for image in fields.axes}
    theory = Analysis.ANALYTIC in request.analyses
    advice = advise(analytic, images) if theory and request.source is None else None
    if theory:
        _draw_theory(run, fields.graph, analytic, targets, images, advice, picture)
    progress("report", 1.0)
    return Report(
        engine=EngineInfo(version=__version__, torch=_torch_version() if estimators else None, device="cpu"),
        model=_model_info(imported, run.name, parity),
        targets=list(targets),
        analytic=analytic if theory else None,
        constant_forward=maps.get(Analysis.CONSTANT_FORWARD),
        gradient=maps.get(Analysis.GRADIENT),
        advice=advice,
        warnings=tuple(run.warnings),
        artifacts=tuple(run.album.artifacts),
    )


def _model_bytes(model: bytes | None, request: AnalyzeRequest, name: str) -> bytes:
    """The ONNX file, compiled from the request's layer spec where there is one."""
    spec = _zoo_spec(request) if request.zoo is not None else request.spec
    if spec is not None:
        if model is not None:
            raise BadInput("the request brings a model file and a layer spec; send one of them")
        from rfengine.spec_import import compile_spec

        return bytes(compile_spec(spec, name=name, input_shape=request.input_shape).SerializeToString())
    if model is None:
        raise BadModel("the request brings neither a model file nor a layer spec; send one of them")
    return model


def _zoo_spec(request: AnalyzeRequest) -> LayerSpec:
    """A reference network; where only theoretical fields are asked for, with weights that take no time to draw."""
    assert request.zoo is not None
    shapes = [shape for name, shape in request.input_shape.items() if name in ("", "input")]
    try:
        spec = zoo.build(request.zoo, input_shape=shapes[0] if shapes else None)
    except zoo.ZooError as error:
        raise BadSpec(str(error)) from error
    theory = set(request.analyses) == {Analysis.ANALYTIC} and not request.analytic.approximations
    return spec.model_copy(update={"init": ConstantInit()}) if theory else spec


def _model_info(imported: Imported, name: str, parity: Parity | None) -> ModelInfo:
    graph = imported.graph
    return ModelInfo(
        sha256=imported.sha256,
        name=name,
        opset=imported.opset,
        nodes=imported.nodes,
        inputs={name: list(graph.shape(name)) for name in graph.inputs},
        parity=parity,
    )


def _parity(run: _Run, data: bytes, imported: Imported, targets: tuple[str, ...]) -> Parity | None:
    """The torch module against onnxruntime at the targets and the model's outputs; a warning where it cannot be."""
    _require_torch()
    from rfengine.runtime.parity import ParityUnavailableError, check_parity

    graph = imported.graph
    # An output whose length depends on the data (boxes that survive suppression) has no order to compare by.
    outputs = [name for name in graph.outputs if name in graph.producers and graph.values[name].is_known]
    tensors = tuple(dict.fromkeys((*targets, *outputs)))
    try:
        parity = check_parity(data, imported.graph, tensors)
    except (ParityUnavailableError, MissingExtra) as error:
        run.warn("parity-unchecked", str(error))
        return None
    if not parity.max_rel <= PARITY_TOLERANCE:
        run.warn(
            "parity",
            f"the torch module differs from {parity.against} by {parity.max_rel:.3g} relative; "
            "effective fields may be off, please report this model",
        )
    return parity


def _analytic(run: _Run, fields: Fields) -> Analytic:
    """The theoretical fields with what was asked for beside them."""
    options = run.request.analytic
    return analytic_report(
        fields,
        _verify(run, fields),
        approximations(fields, level=options.level) if options.approximations else None,
        next(iter(fields.axes)) if run.request.source is not None else None,
    )


def _verify(run: _Run, fields: Fields) -> dict[str, Verification]:
    """The probe's verdict on the fields, per input, where it was asked for."""
    if not run.request.verify:
        return {}
    for image in fields.axes:
        if fields.places(image, image) != spatial_axes(len(fields.graph.shape(image))):
            raise BadInput(f"verify: '{image}' does not keep its spatial axes after batch and channels; drop verify")
    _require_torch()
    found = {source: probe(fields, source) for source in fields.axes}
    for verification in found.values():
        for tensor, contradiction in verification.contradictions.items():
            run.warn(
                "refuted", f"the probe contradicts the calculus: {contradiction}; please report this model", tensor
            )
    return found


def _estimate(
    run: _Run, fields: Fields, targets: tuple[str, ...], analysis: Analysis, index: int, of: int
) -> dict[str, list[ErfEntry]]:
    """One estimator at every target; a target it has no answer for becomes a warning.

    Raises:
        NotEstimable: it has no answer for any target and nothing else was asked for.
    """
    estimator = ESTIMATORS[analysis]
    options = estimator.options(run.request)
    found: dict[str, list[ErfEntry]] = {}
    refusals: list[NotEstimable] = []
    for number, target in enumerate(targets):
        run.progress(analysis.value, CHECKED + (1 - CHECKED) * (index + number / len(targets)) / of)
        try:
            erf = estimator.run(fields, centre_unit(fields, target), options)
            found[target] = [_entry(run, erf, analysis, estimator, options, draw=number < MOST_DRAWN)]
        except NotEstimable as error:
            refusals.append(error)
            run.warn("not-estimable", str(error), target)
    if refusals and not found and run.request.analyses == (analysis,):
        raise refusals[0]
    return found


def _entry(run: _Run, erf: ErfMap, analysis: Analysis, estimator: Estimator, options: Any, *, draw: bool) -> ErfEntry:
    """Measure one map, and draw it."""
    unit = erf.unit
    entry = ErfEntry(
        unit=list(unit.index),
        centre_px=list(unit.centre),
        canvas=list(unit.canvas),
        inputs=dict(erf.inputs),
        policy=dict(erf.policy),
        support_inside_trf=True if erf.support_checked else None,
        metrics=measure(erf.values, centre=unit.centre, trf=unit.trf, levels=options.levels),
    )
    for message in _canvas_warnings(erf):
        run.warn("canvas", message, unit.target)
    if not draw or not _can_draw(run):
        return entry
    computed = estimator.computed(options)
    pictures = run.album.effective(erf, entry, estimator=analysis.value, computed=computed)
    return entry.model_copy(update={"artifacts": tuple(pictures)})


def _canvas_warnings(erf: ErfMap) -> Iterator[str]:
    """A field that reaches past the image is measured on what is left of it."""
    cut = [
        f"{first} ... {last}"
        for (first, last), n in zip(erf.unit.hull, erf.unit.canvas, strict=True)
        if first < 0 or last >= n
    ]
    if cut:
        yield (
            f"the theoretical field of unit {list(erf.unit.index)} covers pixels {' x '.join(cut)} of an image of "
            f"{' x '.join(map(str, erf.unit.canvas))}: the effective field is cut at the image's border; "
            "set input_shape to a larger image to see it whole"
        )


def _draw_theory(
    run: _Run,
    graph: Graph,
    analytic: Analytic,
    targets: Sequence[str],
    images: Mapping[str, Sequence[int]],
    advice: Advice | AdviceByInput | None,
    picture: Array | None,
) -> None:
    """The graph, the growth over depth, and the grid of each target."""
    try:
        run.album.graph(graph, analytic, targets=targets, images=images, model=run.name)
    except TooLargeToDrawError as error:
        run.warn("graph-not-drawn", str(error))
    if not _can_draw(run):
        return
    least = advice.resolutions.least if isinstance(advice, Advice) and advice.resolutions else None
    run.album.growth(analytic, targets=targets, images=images, model=run.name, least=least)
    for target in targets[:MOST_DRAWN]:
        run.album.grid(target, analytic, images=images, picture=picture)


def _require_torch() -> None:
    if find_spec("torch") is None:
        raise MissingExtra.named("torch", "effective receptive fields")


def _torch_version() -> str:
    import torch

    return str(torch.__version__)


def _can_draw(run: _Run) -> bool:
    """Whether pictures can be drawn; says once in the report when they cannot."""
    if find_spec("matplotlib") is not None:
        return True
    run.warn("no-pictures", str(MissingExtra.named("plots", "drawing pictures")))
    return False
