"""Lines through the means of a series by least squares, with two errors of the slope.

    power         ln y = ln a + b ln x
    linear           y = a + b x
    logarithmic      y = a + b ln x

`residual_error` is the usual one, from how far the points lie off the line. `seed_error` says how far the slope would
differ with other seeds: the seeds are drawn again with replacement (bootstrap, Efron 1979), the same ones for all
points of the series, since one seed gives layers of one name the same weights in all networks.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from api_schemas.study_parts import Fit
from api_schemas.study_result import StudyFit, StudyRow
from rfengine.studies.table import column

RESAMPLES = 2000
_LOG_X, _LOG_Y = frozenset({"power", "logarithmic"}), frozenset({"power"})

Floats = NDArray[np.float64]


def fit(rows: Sequence[StudyRow], wanted: Fit, series: str) -> StudyFit | None:
    """The line of one series; None where fewer than two different x have a y that the kind of line can take."""
    log_x, log_y = wanted.kind in _LOG_X, wanted.kind in _LOG_Y
    own = [each for each in rows if each.series == series]
    taken = [each for each in own if _fits(column(each, wanted.x), log_x) and _fits(column(each, wanted.y), log_y)]
    x = _scaled([column(each, wanted.x) for each in taken], log_x)
    y = _scaled([column(each, wanted.y) for each in taken], log_y)
    if len(set(x)) < 2:
        return None
    slope, intercept = (float(part) for part in line(x, y))
    residual = y - intercept - slope * x
    spread = float(((y - y.mean()) ** 2).sum())
    slopes = _resampled(taken, wanted, x)
    return StudyFit(
        series=series,
        x=wanted.x,
        y=wanted.y,
        kind=wanted.kind,
        slope=slope,
        intercept=float(np.exp(intercept)) if wanted.kind == "power" else intercept,
        r2=1 - float((residual**2).sum()) / spread if spread else None,
        residual_error=_residual_error(x, residual),
        seed_error=None if slopes is None else float(slopes.std(ddof=1)),
        interval=None if slopes is None else (float(np.quantile(slopes, 0.025)), float(np.quantile(slopes, 0.975))),
        points=len(taken),
        published=dict(wanted.published),
    )


def line(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Slope and intercept of y on x by least squares; y [..., points] may hold many lines."""
    centred = x - x.mean()
    slope = (y * centred).sum(-1) / (centred**2).sum()
    return slope, y.mean(-1) - slope * x.mean()


def _fits(value: float | None, logarithm: bool) -> bool:
    return value is not None and np.isfinite(value) and (value > 0 or not logarithm)


def _scaled(values: Sequence[float | None], logarithm: bool) -> Floats:
    array = np.array(values, np.float64)
    return np.log(array) if logarithm else array


def _residual_error(x: Floats, residual: Floats) -> float | None:
    if len(x) < 3:
        return None
    variance = float((residual**2).sum()) / (len(x) - 2)
    return float(np.sqrt(variance / ((x - x.mean()) ** 2).sum()))


def _resampled(rows: Sequence[StudyRow], wanted: Fit, x: Floats) -> Floats | None:
    """The slopes over resampled seeds; None where no point has several."""
    if any(wanted.y not in each.measures for each in rows):
        return None
    by_seed = [dict(zip(each.seeds, each.measures[wanted.y].values, strict=True)) for each in rows]
    seeds = sorted({seed for each in rows if len(each.seeds) > 1 for seed in each.seeds})
    if len(seeds) < 2:
        return None
    values = np.array([_per_seed(found, seeds) for found in by_seed])  # [points, seeds]
    chosen = np.random.default_rng(0).integers(len(seeds), size=(RESAMPLES, len(seeds)))
    drawn = np.moveaxis(values[:, chosen], 0, -2)  # [resamples, points, seeds]
    counts = np.isfinite(drawn).sum(-1)
    means = np.divide(np.nansum(drawn, -1), counts, out=np.full(counts.shape, np.nan), where=counts > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes, _ = line(x, np.log(means) if wanted.kind in _LOG_Y else means)
    found = slopes[np.isfinite(slopes)]
    return found if len(found) > 1 else None


def _per_seed(found: Mapping[int, float | None], seeds: Sequence[int]) -> list[float]:
    """One value per seed; that of a network in which nothing is drawn holds for all, a missing one is NaN."""
    if len(found) == 1:
        (only,) = found.values()
        return [np.nan if only is None else only] * len(seeds)
    return [np.nan if found.get(seed) is None else float(found[seed] or 0.0) for seed in seeds]
