"""The pictures of theoretical fields, and what is said of those that are not drawn."""

from collections.abc import Mapping, Sequence

from api_schemas.advice import Advice, AdviceByInput
from api_schemas.report import Analytic
from rfengine.graph import Array, Graph
from rfengine.pictures import MOST_DRAWN
from rfengine.plots.graph import TooLargeToDrawError
from rfengine.run import Run


def say_what_is_drawn(run: Run, targets: Sequence[str]) -> None:
    """Warn where there are more targets than are drawn."""
    if len(targets) > MOST_DRAWN and run.plots():
        run.warn(
            "few-pictures",
            f"pictures are drawn of the first {MOST_DRAWN} of {len(targets)} targets; "
            "name others with targets (--target) to see them",
        )


def draw_theory(
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
