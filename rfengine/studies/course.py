"""What trainings leave beside figures, of all runs to rows: curves with their error over seeds, and mean maps."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from api_schemas.study_parts import Curve
from api_schemas.study_result import CurveEstimate, StudyMaps
from rfengine.errors import BadInput
from rfengine.estimators.erf import Unit
from rfengine.graph import Array
from rfengine.studies.lookup import line
from rfengine.studies.table import estimate

DIGITS = 4  # of a map's shares

Line = tuple[list[float], list[float | None]]


@dataclass(frozen=True, eq=False)
class Course:
    """Of one run: its curves as x and y, and where it has such the maps of a unit as shares of their maxima."""

    curves: Mapping[str, Line]
    unit: Unit | None
    images: int
    before: Array
    after: Array


def course(findings: Mapping[str, Any], curves: Mapping[str, Curve]) -> Course:
    """What a run found. Raises BadInput: a curve's path leads nowhere."""
    maps = findings.get("maps")
    lines = {name: line(findings, name, curve) for name, curve in curves.items()}
    if maps is None:
        return Course(lines, None, 0, np.zeros(0), np.zeros(0))
    return Course(lines, maps["unit"], maps["images"], maps["before"], maps["after"])


def curves_of(courses: Iterable[Course]) -> dict[str, CurveEstimate] | None:
    """The curves of a row over its runs; None where there is none.

    Raises:
        BadInput: the runs have them at different x.
    """
    runs = list(courses)
    if not runs or not runs[0].curves:
        return None
    return {name: _estimated(name, [each.curves[name] for each in runs]) for name in runs[0].curves}


def _estimated(name: str, lines: Sequence[Line]) -> CurveEstimate:
    x = lines[0][0]
    if any(other != x for other, _ in lines):
        raise BadInput(
            f"curve '{name}': the runs of a network have it at different x; leave {{seed}} out of what sets them"
        )
    return CurveEstimate(x=tuple(x), y=tuple(estimate(values) for values in zip(*(y for _, y in lines), strict=True)))


def maps_of(courses: Iterable[Course]) -> StudyMaps | None:
    """The mean maps of a row's runs; None where they have none or of different sizes."""
    runs = [each for each in courses if each.unit is not None]
    if not runs or len({(each.before.shape, each.before.ndim) for each in runs}) > 1 or runs[0].before.ndim != 2:
        return None
    unit = runs[0].unit
    assert unit is not None, "the others are left out"
    return StudyMaps(
        target=unit.target,
        unit=list(unit.index),
        centre_px=list(unit.centre),
        field=[list(interval) for interval in unit.hull],
        images=runs[0].images,
        before=_rows([each.before for each in runs]),
        after=_rows([each.after for each in runs]),
    )


def _rows(maps: Sequence[Array]) -> list[list[float]]:
    return [[float(f"{value:.{DIGITS}g}") for value in row] for row in np.mean(maps, axis=0)]
