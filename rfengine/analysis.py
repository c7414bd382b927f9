"""One request, one report: import, fields, targets, estimators, pictures, in that order."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from api_schemas.advice import Advice, AdviceByInput
from api_schemas.catalogue import Analysis
from api_schemas.engine import EngineInfo
from api_schemas.report import Analytic, ModelInfo, Parity, Report
from api_schemas.request import AnalyzeRequest
from api_schemas.study import Study
from rfengine import __version__
from rfengine.checks import parity, verified
from rfengine.coverage.analysis import CoveragePart, with_its_estimator
from rfengine.coverage.recommend.measuring import recommended
from rfengine.describe import analytic_report
from rfengine.effective import Entries, Resizing, check_images, effective
from rfengine.errors import BadInput
from rfengine.estimators.advice import advise
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.approximations import approximations
from rfengine.estimators.erf import Subject
from rfengine.estimators.registry import ESTIMATORS
from rfengine.estimators.source import fields_from
from rfengine.graph import Array, Graph
from rfengine.limits import Limits
from rfengine.model_bytes import model_bytes
from rfengine.onnx_import import Imported, import_onnx
from rfengine.pictures import MOST_DRAWN, Album
from rfengine.plots.graph import TooLargeToDrawError
from rfengine.run import Progress, Run
from rfengine.targets import find_targets

# Shares of the whole at which the stages end; the estimators share what is left.
IMPORTED, FIELDS, CHECKED = 0.05, 0.10, 0.20


def analyze(
    model: bytes | None,
    request: AnalyzeRequest,
    *,
    name: str = "model",
    out: Path | None,
    progress: Progress = lambda _stage, _share: None,
    picture: Array | None = None,
    images: Array | None = None,
    objects: Path | None = None,
    pictures: Mapping[str, Array] | None = None,
) -> Report:
    """Analyse a model.

    Args:
        model: the bytes of an ONNX file; None when the request brings a layer spec.
        request: what to compute.
        name: what to call the model where the request does not say.
        out: an existing folder for the pictures; without one none is drawn.
        progress: told the stage and the share of the work done, 0 to 1.
        picture: an image to draw the receptive-field grids on, height x width (x 3), bytes or floats from 0 to 1.
        images: images for `gradient` where its inputs are `given`: floats [n, C, spatial ...].
        objects: the annotations that the policy of `coverage` names: a file, or a folder.
        pictures: images by the names that annotations have for them, to draw the worst objects on.

    Returns:
        The report; its pictures, if any, lie in `out` under the names it lists.

    Raises:
        RfengineError: one of its kinds (see rfengine.errors), naming place, value and next step.
    """
    request = with_its_estimator(request)
    run = Run(request, request.name or request.zoo or name, Album(out) if out else None, progress)
    if request.study is not None:
        return _study(run, request.study, model)
    if request.sweep is not None:
        from rfengine.training import require_torch

        require_torch()
        from rfengine.training.local import run_sweep

        return run_sweep(model, request, name=run.name, out=out, progress=progress, store=None)
    check_images(request, images)
    part = None if request.coverage is None else CoveragePart(request.coverage, objects)
    progress("import", 0.0)
    data = model_bytes(model, request, run.name)
    imported = import_onnx(
        data,
        name=run.name,
        input_shape=request.input_shape,
        # What lies beyond the targets is not imported; a policy may look for heads anywhere.
        targets=request.targets if part is None else (),
        limits=Limits.from_environment(),
    )
    for message in imported.warnings:
        run.warn("default-shape", message)
    progress("analytic", IMPORTED)
    graph = imported.graph
    fields = receptive_fields(graph) if request.source is None else fields_from(graph, request.source)
    heads = () if part is None else part.heads(fields)
    # With heads, they are what is looked at closely, and what else is named.
    named = find_targets(fields, request.targets) if request.targets or not heads else ()
    targets = tuple(dict.fromkeys([*named, *(tensor for head in heads for tensor in head.tensors)]))
    if len(targets) > MOST_DRAWN and run.plots():
        run.warn(
            "few-pictures",
            f"pictures are drawn of the first {MOST_DRAWN} of {len(targets)} targets; "
            "name others with targets (--target) to see them",
        )
    estimators = [a for a in request.analyses if a in ESTIMATORS]
    progress("parity", FIELDS)
    compared = parity(run, data, imported, targets) if estimators else None
    progress("verify" if request.verify else "analytic", CHECKED)
    analytic = _analytic(run, fields)
    subject = _subject(data, request, fields, targets, images)
    maps = effective(run, subject, targets, (CHECKED, 1.0), picture) if estimators else {}
    covered, recommendations = None, None
    if part is not None:
        covered = part.result(run, fields, heads, maps, picture=picture, pictures=pictures)
        if Analysis.RECOMMEND in request.analyses:
            recommendations = recommended(run, data, part.policy, part.table, images)
    sizes = {image: fields.canvas(image) for image in fields.axes}
    theory = Analysis.ANALYTIC in request.analyses
    advice = advise(analytic, sizes) if theory and request.source is None else None
    if theory:
        _draw_theory(run, fields.graph, analytic, targets, sizes, advice, picture)
    progress("report", 1.0)
    return Report(
        engine=EngineInfo(version=__version__, torch=_torch_version() if estimators else None, device=_device(maps)),
        model=_model_info(imported, run.name, compared),
        targets=list(targets),
        analytic=analytic if theory else None,
        constant_forward=maps.get(Analysis.CONSTANT_FORWARD),
        gradient=maps.get(Analysis.GRADIENT),
        closed_form=maps.get(Analysis.CLOSED_FORM),
        coverage=covered,
        recommend=recommendations,
        advice=advice,
        warnings=tuple(run.warnings),
        artifacts=tuple(run.album.artifacts) if run.album else (),
    )


def _study(run: Run, study: Study, model: bytes | None) -> Report:
    """The report of a study, which brings its own networks."""
    if model is not None:
        raise BadInput("the request brings a model file and a study, which brings its own networks; send one of them")
    from rfengine.studies.report import studied

    result = studied(run, study)
    return Report(
        engine=result.engine,
        targets=[],
        study=result,
        warnings=tuple(run.warnings),
        artifacts=tuple(run.album.artifacts) if run.album else (),
    )


def _subject(
    data: bytes, request: AnalyzeRequest, fields: Fields, targets: tuple[str, ...], images: Array | None
) -> Subject:
    """The model as the estimators get it: with one image input it can be had for other sizes of it."""
    sources = [name for name in fields.graph.inputs if name in fields.axes]
    resized = Resizing(data, request, sources[0], targets) if len(sources) == 1 else None
    return Subject(fields, resized, images)


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


def _analytic(run: Run, fields: Fields) -> Analytic:
    """The theoretical fields with what was asked for beside them."""
    options = run.request.analytic
    return analytic_report(
        fields,
        verified(run, fields),
        approximations(fields, level=options.level) if options.approximations else None,
        next(iter(fields.axes)) if run.request.source is not None else None,
    )


def _draw_theory(
    run: Run,
    graph: Graph,
    analytic: Analytic,
    targets: Sequence[str],
    images: Mapping[str, Sequence[int]],
    advice: Advice | AdviceByInput | None,
    picture: Array | None,
) -> None:
    """The graph, the growth over depth, and the grid of each target."""
    if run.album is None:
        return
    try:
        run.album.graph(graph, analytic, targets=targets, images=images, model=run.name)
    except TooLargeToDrawError as error:
        run.warn("graph-not-drawn", str(error))
    album = run.plots()
    if album is None:
        return
    least = advice.resolutions.least if isinstance(advice, Advice) and advice.resolutions else None
    album.growth(analytic, targets=targets, images=images, model=run.name, least=least)
    for target in targets[:MOST_DRAWN]:
        album.grid(target, analytic, images=images, picture=picture)


def _device(maps: Mapping[Analysis, Entries]) -> str:
    """'cuda' where any map was computed on a GPU, else 'cpu'."""
    entries = (entry for by_target in maps.values() for each in by_target.values() for entry in each)
    return "cuda" if any(entry.policy.get("device") == "cuda" for entry in entries) else "cpu"


def _torch_version() -> str:
    import torch

    return str(torch.__version__)
