"""The report in brief: what a job shows beside its state."""

import math

from api_schemas.coverage import CoverageResult
from api_schemas.job import CoverageSummary, ErfSummary, Summary, SweepSummaryRow, TargetSummary
from api_schemas.report import ErfEntry, FieldReport, Report
from api_schemas.sweep_result import SweepResult
from rfengine.reports.coverage_words import every_failure
from rfengine.reports.fields import seen

FAILURES = 5


def summarise(report: Report) -> Summary:
    """Size, stride and main effective figures of every target; where learning ends (a sweep); the verdict (a check).

    A target that depends on several inputs is summed up by its largest field. A report without the analytic part has
    no sizes, so its summary has no targets.
    """
    fields: dict[str, FieldReport] = {}
    for found in seen(report):
        known = fields.get(found.name)
        if known is None or math.prod(found.field.size) > math.prod(known.size):
            fields[found.name] = found.field
    return Summary(
        targets={
            target: TargetSummary(
                size=fields[target].size,
                stride=fields[target].stride,
                padding=fields[target].padding,
                status=fields[target].status,
                **{estimator: _erf(entries, target) for estimator, entries in report.effective.items()},
            )
            for target in report.targets
            if target in fields
        },
        coverage=None if report.coverage is None else _coverage(report.coverage),
        sweep=None if report.sweep is None else sweep_rows(report.sweep),
        warnings=len(report.warnings),
    )


def sweep_rows(result: SweepResult) -> list[SweepSummaryRow]:
    """Where learning ends, per network of a sweep, or what is known of it so far."""
    return [
        SweepSummaryRow(
            network=row.network,
            depth=row.depth,
            boundary=row.boundary,
            boundary_px=row.boundary_px,
            interval_px=row.interval_px,
            trainings=row.trainings,
        )
        for row in result.rows
    ]


def _coverage(result: CoverageResult) -> CoverageSummary:
    return CoverageSummary(
        verdict=result.verdict,
        covered=result.covered,
        objects=result.objects.objects,
        share=result.share,
        failures=[each.message for each in every_failure(result)[:FAILURES]],
    )


def _erf(entries: dict[str, list[ErfEntry]], target: str) -> ErfSummary | None:
    """The main figures of a target's first unit, which is the centre one."""
    units = entries.get(target)
    if not units:
        return None
    metrics = units[0].metrics
    # Levels in the order of the request; `axis` leaves out those that no pixel on the axes reaches.
    first = next(iter(metrics.radius_px.radial), None)
    return ErfSummary(
        luo_size=metrics.luo_size,
        radius=metrics.radius_px.axis.get(first) if first is not None else None,
        energy_side_95=metrics.energy_side.get("95"),
    )
