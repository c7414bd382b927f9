"""A finished study as Markdown: its table and its fits."""

from collections.abc import Container, Iterator

from api_schemas.study_parts import Measure
from api_schemas.study_result import Estimate, StudyFit, StudyResult, StudyRow

MINUS = "−"
# Of px, shares and nats, what arithmetic leaves of a zero.
DUST = 1e-12
# Figures without a natural size of their own: as small as they are.
UNSCALED = ("mass", "given", "policy")


def markdown(result: StudyResult) -> str:
    """The table and lines: of series that stand in it already, figures that runs lack, contrasts, fits, refusals."""
    again = repeated(result)
    same = [f"- {series}: as {first}, at fewer networks" for series, first in again.items()]
    never = "\n".join(_missing(result, again))
    parts = [
        "\n".join(_table(result, again)),
        "\n".join(same),
        never,
        "\n".join(_contrasts(result)),
        "\n".join(map(_fit, result.fits)),
    ]
    if result.refusals:
        count, first = len(result.refusals), result.refusals[0]
        parts.append(f"{count} runs have no answer; the first, {first.series}, {first.network}: {first.message}")
    return "\n\n".join(part for part in parts if part) + "\n"


def repeated(result: StudyResult) -> dict[str, str]:
    """Series that have nothing but rows of an earlier one, such as those that a fit takes a part of, and that one."""
    by_series: dict[str, list[StudyRow]] = {}
    for row in result.rows:
        by_series.setdefault(row.series, []).append(row)
    found: dict[str, str] = {}
    for series, rows in by_series.items():
        for first, others in by_series.items():
            if first == series:
                break
            there = [row.model_copy(update={"series": series}) for row in others]
            if len(rows) < len(there) and all(row in there for row in rows):
                found.setdefault(series, first)
    return found


def _table(result: StudyResult, left_out: Container[str]) -> Iterator[str]:
    study = result.study
    shown = _parameters(result)
    heads = ["series", *map(study.title_of, shown), *map(study.title_of, study.measures), "runs"]
    yield _row([head.replace("|", "\\|") for head in heads])
    yield _row(["---" if head == "series" else "---:" for head in heads])
    for row in result.rows:
        if row.series in left_out:
            continue
        given = (_scalar(row, name) for name in shown)
        measured = (quantity(row.measures[name], dust(measure)) for name, measure in study.measures.items())
        yield _row([row.series, *given, *measured, str(len(row.seeds))])


def _missing(result: StudyResult, left_out: Container[str]) -> Iterator[str]:
    """Per row and measure that only some of its runs have: how many have none, since the mean is of the others."""
    several = len({row.network for row in result.rows}) > 1
    for row in result.rows:
        for name, found in row.measures.items():
            count = len(found.values) - found.n
            if count and row.series not in left_out:
                where = f"{row.series}, {row.network}" if several else row.series
                yield f"- {where}: {result.study.title_of(name)}: none in {count} of {len(found.values)} runs"


def _contrasts(result: StudyResult) -> Iterator[str]:
    several = len({row.network for row in result.rows}) > 1
    for each in result.contrasts or ():
        where = f", {each.network}" if several else ""
        found = quantity(each.difference, dust(result.study.measures[each.measure]))
        title = result.study.title_of(each.measure)
        yield f"- {each.series} less {each.less}{where}: {title}: {found} ({each.difference.n} seeds, pair by pair)"


def _parameters(result: StudyResult) -> list[str]:
    """The parameters that the study's columns describe; of one without any, those that differ within a series."""
    names = dict.fromkeys(name for row in result.rows for name in row.parameters)
    described = [name for name in names if name in result.study.columns]
    if described:
        return described
    series = {row.series for row in result.rows}
    return [
        name
        for name in names
        if any(len({row.parameters.get(name) for row in result.rows if row.series == each}) > 1 for each in series)
    ]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _scalar(row: StudyRow, name: str) -> str:
    value = row.parameters.get(name, "")
    return f"{value:g}" if isinstance(value, float) else str(value)


def dust(measure: Measure) -> float:
    """Below which a measure's figures are rounding."""
    roots = {path.split(".")[0] for path in (measure.of, measure.per) if path}
    return 0.0 if roots & set(UNSCALED) else DUST


def quantity(estimate: Estimate, zero: float) -> str:
    """A mean with its standard error, both to the error's second digit; four digits where there is no error.

    What is smaller than `zero` counts as 0.
    """
    if estimate.mean is None:
        return "none"
    mean = 0.0 if abs(estimate.mean) < zero else estimate.mean
    if not estimate.standard_error or estimate.standard_error < zero:
        return _minus(f"{mean:.4g}")
    return with_error(mean, estimate.standard_error)


def with_error(value: float, error: float) -> str:
    """`0.564 ± 0.012`: both to the second digit of the error, at most four places."""
    places = next((places for places in range(4) if error >= 0.995 * 10 ** (1 - places)), 4)
    return _minus(f"{value:z.{places}f} ± {error:.{places}f}")


def _fit(fit: StudyFit) -> str:
    law = {"power": "{y} ~ {x}^b", "linear": "{y} ~ b · {x}", "logarithmic": "{y} ~ b · ln {x}"}[fit.kind]
    words = [f"- {fit.series}: {law.format(x=fit.x, y=fit.y)} with b = {_slope(fit)}"]
    if fit.r2 is not None:
        words.append(f"R² {fit.r2:.4f}")
    words += [f"{_minus(f'{value:g}')} in {source}" for source, value in fit.published.items()]
    return "; ".join(words)


def _slope(fit: StudyFit) -> str:
    if fit.seed_error:
        assert fit.interval is not None, "both come from the same resampling"
        low, high = (_minus(f"{end:.3f}") for end in fit.interval)
        return f"{with_error(fit.slope, fit.seed_error)} over seeds (95 % {low} to {high})"
    if fit.residual_error:
        return f"{with_error(fit.slope, fit.residual_error)} from the residuals"
    return _minus(f"{fit.slope:.3f}")


def _minus(text: str) -> str:
    return text.replace("-", MINUS)
