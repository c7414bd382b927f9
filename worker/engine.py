"""The engine as a child calls it. Only the fork server and its children import this module.

What every job needs is loaded here, once, before the fork server forks: a child is then ready in milliseconds.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from api_schemas.fan_out import PartOutcome, Spread
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from rfengine import analysis
from rfengine.estimators.images import load_images
from rfengine.plots.backdrop import first_picture
from rfengine.reports.formats import render
from rfengine.reports.summary import summarise
from rfengine.training import require_torch

# Loaded for their effect: the engine imports them where it needs them, and by then they are there. Without the extra,
# it answers what needs none of them.
for heavy in (
    "torch",
    "onnxruntime",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "rfengine.training.sweep",
):
    with suppress(ImportError):
        importlib.import_module(heavy)

__all__ = ["analyze", "has_gpu", "plan", "render", "run_part", "summarise"]


def has_gpu() -> bool:
    """Whether torch can compute on a GPU here."""
    require_torch()
    import torch

    return bool(torch.cuda.is_available())


def analyze(
    model: bytes | None,
    request: AnalyzeRequest,
    *,
    name: str,
    out: Path,
    progress: Callable[[str, float], None],
    so_far: Callable[[Report], None],
    images: bytes | None,
    objects: Path | None,
) -> Report:
    """Analyse a model with the files that came with it.

    `images` is a picture, a zip of pictures or an .npz, `objects` the file that the request's policy takes its objects
    from. `so_far` is told the report as far as it is known before what takes longer.

    Raises:
        RfengineError: the model, the request, the images or the objects are not as they should be.
    """
    loaded = None if images is None else load_images(images)
    picture = None if loaded is None else first_picture(loaded)
    return analysis.analyze(
        model,
        request,
        name=name,
        out=out,
        progress=progress,
        so_far=so_far,
        images=loaded,
        picture=picture,
        objects=objects,
    )


def plan(
    model: bytes | None,
    request: AnalyzeRequest,
    finished: Sequence[PartOutcome],
    *,
    name: str,
    out: Path,
    progress: Callable[[str, float], None],
    width: int,
) -> Report | Spread:
    """The report of a request that fans out, or what must be done first; `finished` is what has been, in its order.

    `width` is about the number of parts that one round may ask for, of all networks together.

    Raises:
        RfengineError: the model or the request are not as they should be.
    """
    require_torch()
    from rfengine.training import sweep

    return sweep.plan(model, request, finished, name=name, out=out, progress=progress, width=width)


def run_part(
    model: bytes | None,
    request: AnalyzeRequest,
    body: Mapping[str, Any],
    *,
    name: str,
    progress: Callable[[str, float], None],
    checkpoint: Path | None,
) -> dict[str, Any]:
    """The result of one part, as JSON data; `checkpoint` is a file of the part's own, from an attempt before this one.

    Raises:
        RfengineError: the model, the request or the part are not as they should be.
    """
    require_torch()
    from rfengine.training import sweep

    return sweep.run_part(model, request, body, name=name, progress=progress, checkpoint=checkpoint)
