"""A sweep in this process: one run a core on a CPU, one launch after the other on a GPU."""

import logging
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from pathlib import Path

import torch

from api_schemas.fan_out import Part
from api_schemas.report import Report
from api_schemas.request import AnalyzeRequest
from api_schemas.sweep_result import SweepPart, SweepPartResult
from rfengine.errors import BadInput, SelfCheckFailed
from rfengine.run import Progress
from rfengine.training.agenda import Agenda, Finished
from rfengine.training.cells import Cell
from rfengine.training.part import run_launch
from rfengine.training.sources import Source
from rfengine.training.store import Store
from rfengine.training.summing import report

log = logging.getLogger(__name__)


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
        self.progress, self.store = progress, None if store is None else Store(store)
        on_gpu = Agenda(model, request, name=name, parts=1).on_gpu
        self.workers = 1 if on_gpu else self.cores
        self.agenda = Agenda(model, request, name=name, parts=self.workers)
        self.done = Finished()
        self._stop = threading.Event()
        self._said = ""
        self._shares: dict[str, float] = {}
        self._shown = 0.0

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
                    pool.shutdown(cancel_futures=True)
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
            for part in [waiting[future] for future in ended if future.exception() is None]:
                self._shares.pop(part.key, None)
            for future in ended:
                self.done = self.done.and_(self._result(waiting.pop(future), future))
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

    def _result(self, part: Part, future: Future[SweepPartResult]) -> SweepPartResult:
        """What a part gave; one that broke is a failed training, as on a server. Bad input ends the sweep."""
        error = future.exception()
        if error is None:
            return future.result()
        if isinstance(error, BadInput) or not isinstance(error, Exception):
            raise error
        log.error("%s broke", part.title, exc_info=error)
        self._shares.pop(part.key, None)
        said = " ".join(str(error).split())[:200] or type(error).__name__
        return self.agenda.failed(part, said)

    def _trained(self, part: Part) -> SweepPartResult:
        """In a thread of the pool: train a part, and keep what came out."""
        asked = SweepPart.model_validate(part.body)
        cells = [Cell(run.distance_px, run.seed) for run in asked.runs]

        def say(said: str, share: float) -> None:
            if self._stop.is_set():
                raise StoppedError
            self._said, self._shares[part.key] = said, share

        say(f"{asked.network}: {cells[0].distance} px", 0.0)
        saved = None if self.store is None else self.store.state(part.key)
        source = self.agenda.source(asked.network)
        result = run_launch(source, self.agenda.options, cells, progress=say, saved=saved)
        if self.store is not None:
            self.store.keep(part.key, result.model_dump_json())
        return result

    def _tell(self, running: int) -> None:
        done = self.agenda.share(self.done.runs)
        ahead = sum(self._shares.values()) / max(running, 1)
        # What is under way counts for a part of the way to the next plan, which nobody knows the length of. An outcome
        # that surprises makes the way longer; the bar waits then.
        self._shown = max(self._shown, min(0.99, done + (1 - done) * 0.1 * min(ahead, 1.0)))
        self.progress(self._said, self._shown)

    def _kept(self, part: Part) -> SweepPartResult | None:
        text = None if self.store is None else self.store.kept(part.key)
        if text is None:
            return None
        try:
            return self.agenda.of_part(part, SweepPartResult.model_validate_json(text))
        except (ValueError, SelfCheckFailed) as error:
            log.warning("the stored %s cannot be used (%s); it is trained anew", part.title, error)
            return None
