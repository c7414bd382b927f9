"""The figures of a finished study, as what `rfengine.plots` draws."""

from collections.abc import Iterator, Sequence

from api_schemas.study_parts import Figure
from api_schemas.study_result import StudyFit, StudyResult, StudyRow
from rfengine.plots.series import PowerLaw, Series, Study
from rfengine.studies.markdown import signed
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
        notes=_notes(result, figure, series),
        x_scale=figure.x_scale,
        y_scale=figure.y_scale,
        guides={label: PowerLaw(guide.factor, guide.exponent) for label, guide in figure.guides.items()},
    )


def _series(result: StudyResult, figure: Figure, name: str) -> Series | None:
    """One series, with bars of one standard error where there are seeds, and its power law where it was fitted."""
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
        fit=next((_law(fit) for fit in _fits(result, figure, name) if fit.kind == "power"), None),
    )


def _error(row: StudyRow, name: str) -> float:
    estimate = row.measures.get(name)
    return 0.0 if estimate is None or estimate.standard_error is None else estimate.standard_error


def _fits(result: StudyResult, figure: Figure, name: str) -> list[StudyFit]:
    return [fit for fit in result.fits if (fit.series, fit.x, fit.y) == (name, figure.x, figure.y)]


def _law(fit: StudyFit) -> PowerLaw:
    return PowerLaw(fit.intercept, fit.slope)


def _notes(result: StudyResult, figure: Figure, series: Sequence[Series]) -> list[str]:
    """What the bars are, and the fits that are no power laws and so cannot be drawn as one."""
    seeds = {row.measures[figure.y].n for row in result.rows if figure.y in row.measures} - {0, 1}
    notes = []
    if seeds:
        counts = f"{min(seeds)}" if len(seeds) == 1 else f"{min(seeds)} to {max(seeds)}"
        notes.append(f"Points are means over {counts} seeds, bars one standard error of the mean.")
    for each in series:
        for fit in _fits(result, figure, each.label):
            if fit.kind != "power":
                argument = figure.x if fit.kind == "linear" else f"ln {figure.x}"
                notes.append(f"{each.label}: {fit.intercept:.4g} {signed(fit.slope)} · {argument}")
    return notes
