"""The figures of a finished study, as what `rfengine.plots` draws."""

from collections.abc import Iterator, Sequence, Set

from api_schemas.study_parts import Figure
from api_schemas.study_result import StudyFit, StudyResult, StudyRow
from rfengine.plots.series import Law, LinearLaw, LogarithmicLaw, PowerLaw, Series, Study
from rfengine.studies.table import column


def drawings(result: StudyResult) -> Iterator[tuple[str, Study]]:
    """Per figure of the study the last part of its file's name, and what to draw. One without a point is left out."""
    for figure in result.study.figures:
        names = figure.series or [series.name for series in result.study.all_series]
        series = [each for name in names if (each := _series(result, figure, name)) is not None]
        if series:
            yield figure.stem, _drawing(result, figure, series)


def _drawing(result: StudyResult, figure: Figure, series: Sequence[Series]) -> Study:
    title_of = result.study.title_of
    return Study(
        title=figure.title or result.study.title,
        x=title_of(figure.x),
        y=title_of(figure.y),
        series=series,
        notes=_notes(result, figure, {each.label for each in series}),
        x_scale=figure.x_scale,
        y_scale=figure.y_scale,
        guides={label: PowerLaw(guide.factor, guide.exponent) for label, guide in figure.guides.items()},
    )


def _series(result: StudyResult, figure: Figure, name: str) -> Series | None:
    """One series, with bars of one standard error where there are seeds, and the law that was fitted to it."""
    rows = [row for row in result.rows if row.series == name]
    points = [(x, y, _error(row, figure.y)) for row in rows if (x := column(row, figure.x)) is not None
              and (y := column(row, figure.y)) is not None]  # fmt: skip
    if not points:
        return None
    errors = [error for _, _, error in points]
    return Series(
        label=name,
        x=[x for x, _, _ in points],
        y=[y for _, y, _ in points],
        error=errors if any(errors) else None,
        fit=next((_law(fit) for fit in _fits(result, figure, name)), None),
    )


def _error(row: StudyRow, name: str) -> float:
    estimate = row.measures.get(name)
    return 0.0 if estimate is None or estimate.standard_error is None else estimate.standard_error


def _fits(result: StudyResult, figure: Figure, name: str) -> list[StudyFit]:
    return [fit for fit in result.fits if (fit.series, fit.x, fit.y) == (name, figure.x, figure.y)]


def _law(fit: StudyFit) -> Law:
    if fit.kind == "power":
        return PowerLaw(fit.intercept, fit.slope)
    return (LinearLaw if fit.kind == "linear" else LogarithmicLaw)(fit.intercept, fit.slope)


def _notes(result: StudyResult, figure: Figure, shown: Set[str]) -> list[str]:
    """What the points and bars of the figure's own series are; `shown`: their names. Nothing where all are single."""
    counts = {row.measures[figure.y].n for row in result.rows if row.series in shown and figure.y in row.measures}
    several = counts - {0, 1}
    if not several:
        return []
    seeds = f"{min(several)}" if len(several) == 1 else f"{min(several)} to {max(several)}"
    where = " where a series has several" if 1 in counts else ""
    return [f"Points are means over {seeds} seeds{where}, bars one standard error of the mean."]
