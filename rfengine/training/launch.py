"""Runs of one network, trained with what the device has: one launch on a GPU, one run a core on a CPU.

Where memory runs out the launch is halved and trained half after half; it is said in the notes.
"""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch

from api_schemas.sweep import SweepOptions
from rfengine.datasets import Scene
from rfengine.runtime.device import resolve
from rfengine.training import checkpoint
from rfengine.training.cells import Cell
from rfengine.training.ensemble import Ensemble, Record
from rfengine.training.network import Network

# Told a run, its steps so far and its last accuracy (None before the first look), from any thread, one at a time. What
# it raises ends the launch, after the state is saved.
Tell = Callable[[Cell, int, float | None], None]

TELL_EVERY = 0.5  # seconds

# Values of one step below which a second core only waits for the first, bytes of all nodes over their number.
SMALL = 1 << 21


@dataclass(frozen=True)
class Trained:
    """A run that has ended: its record, the canvas, and its share of the time, s."""

    record: Record
    scene: Scene
    seconds: float


@dataclass(frozen=True)
class Launched:
    """All runs of a launch in the order they were asked for, what was to be said, and where they ran."""

    runs: tuple[Trained, ...]
    notes: tuple[str, ...]
    device: str


def launch(
    network: Network,
    options: SweepOptions,
    cells: Sequence[Cell],
    *,
    tell: Tell = lambda _cell, _step, _accuracy: None,
    saved: Path | None = None,
) -> Launched:
    """Train runs of one network.

    Args:
        network: which one.
        options: of the sweep.
        cells: distances and seeds.
        tell: progress.
        saved: a path without suffix for checkpoints; files beside it get names of its own.

    Raises:
        BadInput: the network does not take the canvas, or has nothing to train; or the device is not there.
    """
    return _Launch(network, options, tell, saved).run(cells)


class _Launch:
    def __init__(self, network: Network, options: SweepOptions, tell: Tell, saved: Path | None) -> None:
        self.network, self.options, self.saved = network, options, saved
        self.device = resolve(options.training.device)
        self.notes: list[str] = []
        self._tell, self._telling = tell, threading.Lock()

    def run(self, cells: Sequence[Cell]) -> Launched:
        groups = self._groups(cells)
        if self.device == "cuda":
            found = [each for group in groups for each in self._halving(group)]
        else:
            found = self._on_cores(groups)
        by_cell = {each.record.cell: each for each in found}
        return Launched(tuple(by_cell[cell] for cell in cells), tuple(dict.fromkeys(self.notes)), self.device)

    def _groups(self, cells: Sequence[Cell]) -> list[list[Cell]]:
        """Runs that share a canvas, at most as many as asked for; on a CPU each by itself, which is fastest there."""
        most = self.options.members or (1 if self.device == "cpu" else len(cells))
        by_scene: dict[Scene, list[Cell]] = {}
        for cell in cells:
            by_scene.setdefault(self._scene(cell), []).append(cell)
        return [same[i : i + most] for same in by_scene.values() for i in range(0, len(same), most)]

    def _scene(self, cell: Cell) -> Scene:
        return self.network.scene(self.options, cell.distance)

    def _on_cores(self, groups: Sequence[Sequence[Cell]]) -> list[Trained]:
        """Groups side by side, one core each, or one after another on all cores where their tensors are large."""
        cores = torch.get_num_threads()
        if cores == 1 or self._bytes_a_node(groups[0]) > SMALL:
            return [each for group in groups for each in self._train(group)]
        torch.set_num_threads(1)
        try:
            with ThreadPoolExecutor(min(cores, len(groups))) as pool:
                return [each for trained in pool.map(self._train, groups) for each in trained]
        finally:
            torch.set_num_threads(cores)

    def _bytes_a_node(self, group: Sequence[Cell]) -> float:
        graph = self.network.trainee(self._scene(group[0]).shape, self.options.training.batch).graph
        made = [graph.values[name] for node in graph.nodes for name in node.outputs if name]
        return len(group) * sum(value.dtype.itemsize * prod(value.shape) for value in made) / len(made)

    def _halving(self, group: Sequence[Cell]) -> list[Trained]:
        try:
            return self._train(group)
        except torch.OutOfMemoryError:
            if len(group) == 1:
                raise
        half = len(group) // 2
        torch.cuda.empty_cache()
        self.notes.append(
            f"the GPU has no room for {len(group)} runs of {self.network.name} at once; they trained as {half} and "
            f"{len(group) - half}, one after the other"
        )
        return self._halving(group[:half]) + self._halving(group[half:])

    def _train(self, group: Sequence[Cell]) -> list[Trained]:
        options, scene = self.options, self._scene(group[0])
        trainee = self.network.trainee(scene.shape, options.training.batch)
        ensemble = Ensemble(trainee, options.dataset, scene, group, options.training, device=self.device)
        path = None if self.saved is None else self.saved.with_name(f"{self.saved.name}.{_name(group)}.ckpt")
        pulse = _Pulse(ensemble, self._say, path)
        records = ensemble.train(pulse)
        # Kept until whoever called has the result: measuring its fields may be interrupted too.
        pulse.save()
        self._say(ensemble)
        return [Trained(record, scene, pulse.seconds / len(group)) for record in records]

    def _say(self, ensemble: Ensemble) -> None:
        with self._telling:
            for place, record in enumerate(ensemble.records):
                steps = ensemble.step if place in ensemble.active else record.steps
                self._tell(record.cell, steps, record.accuracy)


class _Pulse:
    """After every step: tell and save, each when its time has come. It begins by taking up what was saved."""

    def __init__(self, ensemble: Ensemble, say: Callable[[Ensemble], None], path: Path | None) -> None:
        self._ensemble, self._say, self._path = ensemble, say, path
        self._before = 0.0
        if path is not None:
            checkpoint.load(path, self._restore)
        self._began = self._said = self._saved = time.monotonic()

    @property
    def seconds(self) -> float:
        """Time that the training took, that of earlier attempts included."""
        return self._before + time.monotonic() - self._began

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._saved > checkpoint.EVERY:
            self.save()
        if now - self._said > TELL_EVERY:
            self._said = now
            try:
                self._say(self._ensemble)
            except BaseException:
                self.save()
                raise

    def save(self) -> None:
        """Write the state down, where there is a place for it."""
        self._saved = time.monotonic()
        if self._path is not None:
            checkpoint.save(self._path, {"seconds": self.seconds, **self._ensemble.state()})

    def _restore(self, state: dict[str, Any]) -> None:
        self._ensemble.restore(state)
        self._before = float(state["seconds"])


def _name(group: Sequence[Cell]) -> str:
    first = min(group)
    return f"{first.distance}-{first.seed}x{len(group)}"
