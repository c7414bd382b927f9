"""One request, one report: import, fields, targets, estimators, pictures, in that order."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from api_schemas.catalogue import Analysis
from api_schemas.engine import EngineInfo
from api_schemas.report import ModelInfo, Parity, Report
from api_schemas.request import AnalyzeRequest
from api_schemas.study import Study
from rfengine import __version__
from rfengine.checks import parity, verified
from rfengine.coverage.analysis import CoveragePart, with_its_estimator
from rfengine.coverage.heads import Head
from rfengine.coverage.recommend.measuring import recommended
from rfengine.describe import analytic_report
from rfengine.effective import Entries, Resizing, check_images, effective
from rfengine.errors import BadInput
from rfengine.estimators.advice import advise
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.estimators.approximations import approximations
from rfengine.estimators.erf import Subject
from rfengine.estimators.probe import Verification
from rfengine.estimators.registry import ESTIMATORS
from rfengine.estimators.source import fields_from
from rfengine.graph import Array
from rfengine.limits import Limits
from rfengine.model_bytes import model_bytes
from rfengine.onnx_import import Imported, import_onnx
from rfengine.pictures import Album
from rfengine.run import Progress, Run, SoFar
from rfengine.targets import find_targets
from rfengine.theory_pictures import draw_theory, say_what_is_drawn

# Shares of the whole at which the stages end; the estimators share what is left.
IMPORTED, FIELDS, CHECKED = 0.05, 0.10, 0.20


def analyze(
    model: bytes | None,
    request: AnalyzeRequest,
    *,
    name: str = "model",
    out: Path | None,
    progress: Progress = lambda _stage, _share: None,
    so_far: SoFar = lambda _report: None,
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
        so_far: told the theoretical part of the report as soon as it is known, where something slower follows.
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
        return _sweep(run, model, out)
    check_images(request, images)
    part = None if request.coverage is None else CoveragePart(request.coverage, objects)
    seen = _seen(run, model, part)
    estimators = any(analysis in ESTIMATORS for analysis in request.analyses)
    if estimators or Analysis.ANALYTIC in request.analyses:
        say_what_is_drawn(run, seen.targets)
    known = _with_theory(_known(run, seen), run, seen)
    if estimators or part is not None or request.verify or out is not None:
        so_far(known)
    progress("parity", FIELDS)
    compared = parity(run, seen.data, seen.imported, seen.targets) if estimators else None
    progress("verify" if request.verify else "analytic", CHECKED)
    if request.verify:
        known = _with_theory(known, run, seen, verified(run, seen.fields))
    maps = effective(run, _subject(run, seen, images), seen.targets, (CHECKED, 1.0), picture) if estimators else {}
    covered, recommendations = None, None
    if part is not None:
        covered = part.result(run, seen.fields, seen.heads, maps, picture=picture, pictures=pictures)
        if Analysis.RECOMMEND in request.analyses:
            recommendations = recommended(run, seen.data, part.policy, part.table, images)
    if known.analytic is not None:
        graph, sizes = seen.fields.graph, _sizes(seen.fields)
        draw_theory(run, graph, known.analytic, seen.targets, sizes, known.advice, picture)
    progress("report", 1.0)
    found = {
        "engine": EngineInfo(version=__version__, torch=_torch_version() if estimators else None, device=_device(maps)),
        "model": _model_info(seen.imported, run.name, compared),
        **{estimator.value: maps.get(estimator) for estimator in ESTIMATORS},
        "coverage": covered,
        "recommend": recommendations,
        "warnings": tuple(run.warnings),
        "artifacts": tuple(run.album.artifacts) if run.album else (),
    }
    return known.model_copy(update=found)


@dataclass(frozen=True)
class _Seen:
    """A model with its fields, its heads where a policy asks for them, and the tensors to look at closely."""

    data: bytes
    imported: Imported
    fields: Fields
    heads: tuple[Head, ...]
    targets: tuple[str, ...]


def _seen(run: Run, model: bytes | None, part: CoveragePart | None) -> _Seen:
    """Import the model and find all that."""
    request = run.request
    run.progress("import", 0.0)
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
    if part is not None:
        part.refuse_guesses(imported.warnings)
    run.progress("analytic", IMPORTED)
    graph = imported.graph
    fields = receptive_fields(graph) if request.source is None else fields_from(graph, request.source)
    heads = () if part is None else part.heads(fields)
    # With heads, they are what is looked at closely, and what else is named.
    named = find_targets(fields, request.targets) if request.targets or not heads else ()
    targets = dict.fromkeys([*named, *(tensor for head in heads for tensor in head.tensors)])
    return _Seen(data, imported, fields, heads, tuple(targets))


def _sweep(run: Run, model: bytes | None, out: Path | None) -> Report:
    """The report of a sweep, all of it in this process."""
    from rfengine.training import require_torch

    require_torch()
    from rfengine.training.local import run_sweep

    return run_sweep(model, run.request, name=run.name, out=out, progress=run.progress, store=None)


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


def _subject(run: Run, seen: _Seen, images: Array | None) -> Subject:
    """The model as the estimators get it: with one image input it can be had for other sizes of it."""
    sources = [name for name in seen.fields.graph.inputs if name in seen.fields.axes]
    resized = Resizing(seen.data, run.request, sources[0], seen.targets) if len(sources) == 1 else None
    return Subject(seen.fields, resized, images)


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


def _known(run: Run, seen: _Seen) -> Report:
    """The report before anything is computed or drawn: which model, and where to look."""
    return Report(
        engine=EngineInfo(version=__version__),
        model=_model_info(seen.imported, run.name, None),
        targets=list(seen.targets),
    )


def _with_theory(known: Report, run: Run, seen: _Seen, probed: Mapping[str, Verification] | None = None) -> Report:
    """The same with the theoretical fields, where they were asked for, and what they say of the design."""
    request, fields = run.request, seen.fields
    analytic, advice = None, None
    if Analysis.ANALYTIC in request.analyses:
        analytic = analytic_report(
            fields,
            probed,
            approximations(fields, level=request.analytic.level) if request.analytic.approximations else None,
            next(iter(fields.axes)) if request.source is not None else None,
        )
        advice = advise(analytic, _sizes(fields)) if request.source is None else None
    return known.model_copy(update={"analytic": analytic, "advice": advice, "warnings": tuple(run.warnings)})


def _sizes(fields: Fields) -> Mapping[str, tuple[int, ...]]:
    """Height and width of every image input, px, or what axes it has."""
    return {image: fields.canvas(image) for image in fields.axes}


def _device(maps: Mapping[Analysis, Entries]) -> str:
    """'cuda' where any map was computed on a GPU, else 'cpu'."""
    entries = (entry for by_target in maps.values() for each in by_target.values() for entry in each)
    return "cuda" if any(entry.policy.get("device") == "cuda" for entry in entries) else "cpu"


def _torch_version() -> str:
    import torch

    return str(torch.__version__)
