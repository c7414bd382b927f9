"""The pictures of a sweep: everything is finished, nothing is trained or measured here."""

from collections.abc import Sequence

import numpy as np

from api_schemas.datasets import AnyDataset
from api_schemas.erf import DEFAULT_LEVEL
from api_schemas.report import ErfEntry, Report
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import Grown, GrownMaps, RunSpec, SweepRow
from rfengine.metrics import measure
from rfengine.pictures import MOST_DRAWN, Album
from rfengine.plots.measured import MeasuredMap
from rfengine.training.growth import IMAGES
from rfengine.training.scenes import scene_of

SHOWN = 8  # images of the dataset


def drawn(report: Report, album: Album) -> Report:
    """The report with its pictures: heatmap and boundary, every network's accuracies, its field before and after."""
    result = report.sweep
    assert result is not None, "a sweep was asked for"
    if any(row.runs for row in result.rows):
        album.sweep(result)
        _samples(album, result.options, _middle(result.rows))
    shown = _spread([row.network for row in result.rows if row.runs])
    rows = [_drawn_row(album, row, result.options) if row.network in shown else row for row in result.rows]
    result = result.model_copy(update={"rows": tuple(rows)})
    return report.model_copy(update={"sweep": result, "artifacts": tuple(album.artifacts)})


def _drawn_row(album: Album, row: SweepRow, options: SweepOptions) -> SweepRow:
    album.sweep_row(row, options)
    grown = tuple(each if each.maps is None else _drawn_grown(album, each, each.maps, options) for each in row.grown)
    return row.model_copy(update={"grown": grown})


def _drawn_grown(album: Album, grown: Grown, maps: GrownMaps, options: SweepOptions) -> Grown:
    """The picture of one run's field, whose name the report then has; the first is the PNG."""
    before, after = (_measured(maps, rows, options.dataset) for rows in (maps.before, maps.after))
    run = RunSpec(network=grown.network, distance_px=grown.distance_px, seed=grown.seed)
    names = album.grown(run, before, after, accuracy=grown.accuracy)
    return grown.model_copy(update={"after": grown.after.model_copy(update={"artifact": names[0]})})


def _measured(maps: GrownMaps, rows: list[list[float]], dataset: AnyDataset) -> MeasuredMap:
    values = np.array(rows)
    centre = tuple(maps.centre_px)
    field = tuple((first, last) for first, last in maps.field)
    trf = tuple(last - first + 1 for first, last in field)
    entry = ErfEntry(
        unit=maps.unit,
        centre_px=list(centre),
        canvas=list(values.shape),
        inputs={"kind": dataset.name, "images": IMAGES},
        policy={},
        support_inside_trf=True,
        metrics=measure(values, centre=centre, trf=trf, levels=(DEFAULT_LEVEL,)),
    )
    return MeasuredMap(values, entry, maps.target, "gradient", f"gradient, abs over {IMAGES} images", field)


def _middle(rows: tuple[SweepRow, ...]) -> int:
    """A distance worth showing: the last row's boundary, or the middle of what was searched."""
    row = rows[-1]
    wanted = round(row.boundary_px) if row.boundary_px is not None else sum(row.distances) // 2
    return min(max(wanted, row.distances[0]), row.distances[1])


def _spread(networks: Sequence[str]) -> set[str]:
    """The networks with pictures of their own: all, or some of many, evenly."""
    if len(networks) <= MOST_DRAWN:
        return set(networks)
    step = (len(networks) - 1) / (MOST_DRAWN - 1)
    return {networks[round(place * step)] for place in range(MOST_DRAWN)}


def _samples(album: Album, options: SweepOptions, distance: int) -> None:
    from rfengine.datasets.samples import Samples, spot

    scene = scene_of(options.dataset, options.training, distance)
    found = Samples(options.dataset, scene, [distance], [options.first_seed]).draw("evaluation", [0], SHOWN)
    marked = found.marked[0, 0].numpy()
    shape = spot(scene, options.training.spot_size, device="cpu", dtype=found.images.dtype).numpy()
    targets = np.stack([~marked, marked], axis=1)[..., None, None] * shape
    # Of the canvas nothing is said: a strided network is trained on a larger one.
    notes = [f"mark at {distance} px"]
    album.samples(options.dataset.name, found.images[0, 0, :, 0].numpy(), targets, list(marked), notes=notes)
