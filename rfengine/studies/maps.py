"""The maps before and after training of a finished study, as what `rfengine.plots` draws: a picture per network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from api_schemas.erf import DEFAULT_LEVEL
from api_schemas.report import ErfEntry
from api_schemas.study_result import StudyMaps, StudyResult, StudyRow
from rfengine.metrics import measure
from rfengine.plots.measured import MeasuredMap

# Series in one picture: each has two maps, and no more than four stand side by side.
AT_ONCE = 2


@dataclass(frozen=True, eq=False)
class Grown:
    """A picture: two maps per series. `notes`: lines under the title."""

    title: str
    maps: Sequence[MeasuredMap]
    notes: Sequence[str]


def grown(result: StudyResult) -> Iterator[tuple[str, Grown]]:
    """Per picture the last part of its file's name, and what to draw: networks in order, two series at a time."""
    networks = dict.fromkeys(row.network for row in result.rows if row.maps is not None)
    several = len(networks) > 1
    for network in networks:
        rows = [row for row in result.rows if row.network == network and row.maps is not None]
        for start in range(0, len(rows), AT_ONCE):
            part = f"-{start // AT_ONCE + 1}" if len(rows) > AT_ONCE else ""
            yield f"maps{f'-{network}' if several else ''}{part}", _picture(network, rows[start : start + AT_ONCE])


def _picture(network: str, rows: Sequence[StudyRow]) -> Grown:
    maps = [shown for row in rows if row.maps is not None for shown in _both(row.series, row.maps, len(row.seeds))]
    first = maps[0]
    notes = [
        f"unit {first.entry.unit} of {first.tensor} · {first.computed} · sizes are those of the mean maps",
    ]
    return Grown(f"Before and after training: {network}", maps, notes)


def _both(series: str, maps: StudyMaps, seeds: int) -> list[MeasuredMap]:
    return [
        _measured(f"{series}, {when}", maps, rows, seeds)
        for when, rows in (("before", maps.before), ("after", maps.after))
    ]


def _measured(label: str, maps: StudyMaps, rows: list[list[float]], seeds: int) -> MeasuredMap:
    values = np.array(rows)
    centre, field = tuple(maps.centre_px), tuple((first, last) for first, last in maps.field)
    trf = tuple(last - first + 1 for first, last in field)
    entry = ErfEntry(
        unit=maps.unit,
        centre_px=list(centre),
        canvas=list(values.shape),
        inputs={"kind": "given", "images": maps.images},
        policy={},
        support_inside_trf=True,
        metrics=measure(values, centre=centre, trf=trf, levels=(DEFAULT_LEVEL,)),
    )
    computed = (
        f"gradient, mean |g| over {maps.images} held-out pictures; mean of {seeds} seeds, each as share of its maximum"
    )
    return MeasuredMap(values, entry, maps.target, label, computed, field)
