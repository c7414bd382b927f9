"""A study from its data to its result: runs, table, fits."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.util import find_spec

from api_schemas.engine import EngineInfo
from api_schemas.study import Study
from api_schemas.study_cells import Cell
from api_schemas.study_result import Refusal, StudyFit, StudyResult, StudyRow
from rfengine import __version__
from rfengine.errors import NotEstimable
from rfengine.studies.contrast import contrasts
from rfengine.studies.course import Course, course, curves_of, maps_of
from rfengine.studies.expand import Run, expand
from rfengine.studies.fit import fit
from rfengine.studies.lookup import figure
from rfengine.studies.measure import findings
from rfengine.studies.network import Networks
from rfengine.studies.table import Figures, row

Progress = Callable[[str, float], None]


def run_study(study: Study, *, progress: Progress = lambda _stage, _share: None) -> StudyResult:
    """Run a study in this process.

    Args:
        study: what to measure.
        progress: told the network that is measured and the share of the runs done, 0 to 1.

    Returns:
        The result. A run that the estimator has no answer for is listed under `refusals` and missing in its row.

    Raises:
        NotEstimable: no run has an answer.
        BadInput: a network cannot be built, or a measure's path leads nowhere.
        MissingExtra: an estimator needs torch, which is not installed.
    """
    started = time.monotonic()
    measuring = _Measuring(study)
    runs = list(expand(study))
    for number, run in enumerate(runs):
        progress(measuring.cells[run.cell].name, number / len(runs))
        measuring.take(run)
    if len(measuring.errors) == len(runs):
        raise measuring.errors[0]
    progress("table", 1.0)
    rows = measuring.rows()
    return StudyResult(
        engine=_engine(study),
        study=study,
        rows=rows,
        fits=tuple(_fits(study, rows)),
        contrasts=tuple(found for wanted in study.contrasts for found in contrasts(rows, wanted)) or None,
        refusals=tuple(measuring.refusals),
        seconds=round(time.monotonic() - started, 1),
    )


class _Measuring:
    """What has been measured so far; runs of one key with the same given data are measured once."""

    def __init__(self, study: Study) -> None:
        self.study, self.cells = study, list(study.cells())
        self.refusals: list[Refusal] = []
        self.errors: list[NotEstimable] = []
        self._networks = Networks()
        self._known: dict[str, tuple[Figures, Course]] = {}
        self._found: list[dict[int, tuple[Figures, Course]]] = [{} for _ in self.cells]

    def take(self, run: Run) -> None:
        """Measure one run, or note why there is nothing to measure."""
        cell = self.cells[run.cell]
        key = f"{run.key} {sorted(cell.parameters.items())}"
        try:
            if key not in self._known:
                seen = findings(run, self._networks, cell.parameters)
                measures = self.study.measures.items()
                figures = {name: figure(seen, name, measure) for name, measure in measures}
                self._known[key] = figures, course(seen, self.study.curves)
            self._found[run.cell][run.seed] = self._known[key]
        except NotEstimable as error:
            self.errors.append(error)
            refusal = Refusal(series=cell.series, network=cell.name, seed=run.seed, message=str(error))
            self.refusals.append(refusal)

    def rows(self) -> tuple[StudyRow, ...]:
        """The table."""
        return tuple(self._row(cell, found) for cell, found in zip(self.cells, self._found, strict=True))

    def _row(self, cell: Cell, found: Mapping[int, tuple[Figures, Course]]) -> StudyRow:
        courses = [course for _, course in found.values()]
        figures = {seed: figures for seed, (figures, _) in found.items()}
        made = row(cell, figures, list(self.study.measures))
        return made.model_copy(update={"curves": curves_of(courses), "maps": maps_of(courses)})


def _fits(study: Study, rows: Sequence[StudyRow]) -> Iterator[StudyFit]:
    for wanted in study.fits:
        for series in wanted.series or [each.name for each in study.all_series]:
            found = fit(rows, wanted, series)
            if found is not None:
                yield found


def _engine(study: Study) -> EngineInfo:
    ran = any(cell.estimator != "analytic" for cell in study.cells())
    if not ran or find_spec("torch") is None:
        return EngineInfo(version=__version__)
    import torch

    return EngineInfo(version=__version__, torch=str(torch.__version__))
