"""Figures of all runs to rows: mean, standard error of the mean, number."""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

from api_schemas.study_cells import Cell
from api_schemas.study_result import Estimate, StudyRow

# Figures per measure, of one run.
Figures = Mapping[str, float | None]


def row(cell: Cell, runs: Mapping[int, Figures], measures: Sequence[str]) -> StudyRow:
    """The row of a cell; `runs`: figures by seed."""
    return StudyRow(
        series=cell.series,
        network=cell.name,
        estimator=cell.estimator,
        parameters=dict(cell.parameters),
        seeds=tuple(runs),
        measures={name: estimate([figures[name] for figures in runs.values()]) for name in measures},
    )


def estimate(values: Sequence[float | None]) -> Estimate:
    """Mean and standard error (sample deviation over the root of n) of those that are there."""
    there = [value for value in values if value is not None]
    return Estimate(
        mean=fmean(there) if there else None,
        standard_error=stdev(there) / math.sqrt(len(there)) if len(there) > 1 else None,
        n=len(there),
        values=tuple(values),
    )


def column(row: StudyRow, name: str) -> float | None:
    """A parameter or the mean of a measure as a number; None where it is missing or no number."""
    if name in row.measures:
        return row.measures[name].mean
    value = row.parameters.get(name)
    return None if value is None or isinstance(value, str) else float(value)
