"""The figures of a finished study, as what `rfengine.plots` draws."""

from collections.abc import Iterator, Sequence

from api_schemas.study_parts import Figure
from api_schemas.study_result import Estimate, StudyFit, StudyResult, StudyRow
from rfengine.plots.series import Law, LinearLaw, LogarithmicLaw, PowerLaw, Series, Study
from rfengine.studies.table import column


def drawings(result: StudyResult) -> Iterator[tuple[str, Study]]:
    """Per figure of the study the last part of its file's name, and what to draw. One without a point is left out."""
    for figure in result.study.figures:
        names = figure.series or [series.name for series in result.study.all_series]
        rows = {name: [row for row in result.rows if row.series == name] for name in names}
        if figure.y in result.study.curves:
            series = [each for own in rows.values() for row in own if (each := _curve(row, figure.y, len(own) > 1))]
        else:
            series = [each for name, own in rows.items() if (each := _series(result, figure, name, own)) is not None]
        if series:
            yield figure.stem, _drawing(result, figure, series, [row for own in rows.values() for row in own])


def _drawing(result: StudyResult, figure: Figure, series: Sequence[Series], rows: Sequence[StudyRow]) -> Study:
    title_of = result.study.title_of
    return Study(
        title=figure.title or result.study.title,
        x=title_of(figure.x),
        y=title_of(figure.y),
        series=series,
        notes=_notes(figure, rows),
        x_scale=figure.x_scale,
        y_scale=figure.y_scale,
        guides={label: PowerLaw(guide.factor, guide.exponent) for label, guide in figure.guides.items()},
    )


def _series(result: StudyResult, figure: Figure, name: str, rows: Sequence[StudyRow]) -> Series | None:
    """One series, with bars of one standard error where there are seeds, and the law that was fitted to it."""
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


def _curve(row: StudyRow, name: str, several: bool) -> Series | None:
    """The curve of one network under one series; `several`: it has others, so that the network is named."""
    found = (row.curves or {}).get(name)
    if found is None:
        return None
    points = [(x, y.mean, y.standard_error or 0.0) for x, y in zip(found.x, found.y, strict=True) if y.mean is not None]
    errors = [error for _, _, error in points]
    return Series(
        label=f"{row.series}, {row.network}" if several else row.series,
        x=[x for x, _, _ in points],
        y=[y for _, y, _ in points],
        error=errors if any(errors) else None,
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


def _notes(figure: Figure, rows: Sequence[StudyRow]) -> list[str]:
    """What the points and bars of the rows' series are. Nothing where all are single."""
    counts = {each.n for row in rows for each in _estimates(row, figure.y)}
    several = counts - {0, 1}
    if not several:
        return []
    seeds = f"{min(several)}" if len(several) == 1 else f"{min(several)} to {max(several)}"
    where = " where a series has several" if 1 in counts else ""
    return [f"Points are means over {seeds} seeds{where}, bars one standard error of the mean."]


def _estimates(row: StudyRow, name: str) -> Sequence[Estimate]:
    if name in row.measures:
        return [row.measures[name]]
    curve = (row.curves or {}).get(name)
    return [] if curve is None else curve.y
