"""A sweep in this process: one run a core on a CPU, one launch after the other on a GPU."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import torch

from api_schemas.fan_out import Part
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep_result import SweepPart, SweepPartResult
from rfengine.training.agenda import Agenda, Finished
from rfengine.training.cells import Cell
from rfengine.training.part import run_launch
from rfengine.training.sources import Source
from rfengine.training.summing import report

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]


class StoppedError(Exception):
    """The sweep is to end; raised inside a training, which then keeps its state."""


def run_sweep(
    model: bytes | None,
    request: AnalyzeRequest,
    *,
    name: str,
    out: Path | None,
    progress: Progress,
    store: Path | None,
) -> Report:
    """Train until every network has its verdict, and report.

    Args:
        model: the bytes of an ONNX file; None where the request says the networks.
        request: with a `sweep`.
        name: what to call the model.
        out: a folder for the pictures.
        progress: told the run that was looked at and the share of the whole, in this thread.
        store: a folder in which every finished run is kept by its content address, and the state of unfinished ones:
            the same sweep goes on from there, and another takes the runs that it has in common.

    Raises:
        BadInput: a network cannot be built or trained.
        KeyboardInterrupt: as it came, after the trainings have stopped and their state is kept.
    """
    return _Local(model, request, name=name, progress=progress, store=store).run(out)


class _Local:
    def __init__(
        self, model: bytes | None, request: AnalyzeRequest, *, name: str, progress: Progress, store: Path | None
    ) -> None:
        self.cores = torch.get_num_threads()
        self.name = request.name or name
        self.progress, self.store = progress, store
        on_gpu = Agenda(model, request, name=name, width=1).members > 1
        self.workers = 1 if on_gpu else self.cores
        self.agenda = Agenda(model, request, name=name, width=self.workers)
        self.done = Finished()
        self._stop = threading.Event()
        self._said = ""
        self._shares: dict[str, float] = {}

    def run(self, out: Path | None) -> Report:
        """Plan and train until nothing is left to train."""
        self.agenda.refuse_untrainable()
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(self.workers) as pool:
                try:
                    self._train_all(pool)
                except BaseException:
                    self._stop.set()
                    raise
        finally:
            torch.set_num_threads(self.cores)
        return report(
            self.agenda, self.done, name=self.name, out=out, progress=lambda stage, _: self.progress(stage, 1)
        )

    def _train_all(self, pool: ThreadPoolExecutor) -> None:
        """Every network is planned anew when its own runs have ended, so that no core waits for another network."""
        waiting: dict[Future[SweepPartResult], Part] = {}
        for source in reversed(self.agenda.sources):
            waiting |= self._started(pool, source)
        while waiting:
            ended, _ = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            for future in ended:
                part = waiting.pop(future)
                self.done = self.done.and_(future.result())
                self._shares.pop(part.key, None)
                self._keep(part, future.result())
            training = {part.body["network"] for part in waiting.values()}
            for source in self.agenda.sources:
                if source.name not in training:
                    waiting |= self._started(pool, source)
            self._tell(len(waiting))

    def _started(self, pool: ThreadPoolExecutor, source: Source) -> dict[Future[SweepPartResult], Part]:
        """The next runs of one network, on their way; those that are stored are done at once."""
        while cells := self.agenda.next_cells(source, self.done.runs):
            parts = self.agenda.parts(source, cells)
            kept = {part.key: self._kept(part) for part in parts}
            for found in kept.values():
                self.done = self.done if found is None else self.done.and_(found)
            fresh = [part for part in parts if kept[part.key] is None]
            if fresh:
                return {pool.submit(self._trained, part): part for part in fresh}
        return {}

    def _trained(self, part: Part) -> SweepPartResult:
        asked = SweepPart.model_validate(part.body)
        cells = [Cell(run.distance_px, run.seed) for run in asked.runs]

        def say(said: str, share: float) -> None:
            if self._stop.is_set():
                raise StoppedError
            self._said, self._shares[part.key] = said, share

        saved = None if self.store is None else self.store / part.key
        source = self.agenda.source(asked.network)
        return run_launch(source, self.agenda.options, cells, progress=say, saved=saved)

    def _tell(self, running: int) -> None:
        done = self.agenda.share(self.done.runs)
        ahead = sum(self._shares.values()) / max(running, 1)
        # What is under way counts for a part of the way to the next plan, which nobody knows the length of.
        self.progress(self._said, min(0.99, done + (1 - done) * 0.1 * min(ahead, 1.0)))

    def _kept(self, part: Part) -> SweepPartResult | None:
        path = self._path(part)
        if path is None or not path.is_file():
            return None
        try:
            return SweepPartResult.model_validate_json(path.read_bytes())
        except ValueError as error:
            log.warning("stored run %s cannot be used (%s); it is trained anew", path.name, error)
            return None

    def _keep(self, part: Part, result: SweepPartResult) -> None:
        path = self._path(part)
        if path is None:
            return
        fresh = path.with_suffix(".part")
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_text(result.model_dump_json(), encoding="utf-8")
        fresh.replace(path)

    def _path(self, part: Part) -> Path | None:
        return None if self.store is None else self.store / f"{part.key}.json"
