"""What one series has more than another, seed by seed: what a seed decides for both, its pictures say, falls out."""

from collections.abc import Iterator, Sequence

from api_schemas.study_parts import Contrast
from api_schemas.study_result import Estimate, StudyContrast, StudyRow
from rfengine.studies.table import estimate


def contrasts(rows: Sequence[StudyRow], wanted: Contrast) -> Iterator[StudyContrast]:
    """Per network, in order, and measure: the mean of the differences over the seeds that have the figure in both."""
    ours, theirs = ([row for row in rows if row.series == name] for name in (wanted.series, wanted.less))
    for row, other in zip(ours, theirs, strict=False):
        for name in wanted.measures:
            found = _difference(row, other, name)
            if found.n:
                yield StudyContrast(
                    series=wanted.series, less=wanted.less, network=row.network, measure=name, difference=found
                )


def _difference(row: StudyRow, other: StudyRow, name: str) -> Estimate:
    ours, theirs = (dict(zip(each.seeds, each.measures[name].values, strict=True)) for each in (row, other))
    pairs = [(ours[seed], theirs[seed]) for seed in row.seeds if seed in theirs]
    return estimate([a - b for a, b in pairs if a is not None and b is not None])
