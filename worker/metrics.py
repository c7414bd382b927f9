"""The figures of one worker process, served to Prometheus where RFENGINE_WORKER_METRICS names an address.

They carry no job and no name. There is no key: let the address be one that only Prometheus reaches.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from jobstore.environment import BadSettingError
from jobstore.statistics import BOUNDS
from worker.messages import Failed
from worker.supervise import Outcome

# What a child says is checked before it becomes a label: it runs a stranger's model.
_STAGE = re.compile(r"[a-z][a-z0-9_ ]{0,31}")
_MOST_STAGES = 64


class Figures:
    """What this worker has done."""

    def __init__(self, running: Callable[[], Sequence[str]]) -> None:
        self.registry = CollectorRegistry()
        self._attempts = Counter(
            "rfengine_worker_attempts", "Attempts that ended here.", ("outcome",), registry=self.registry
        )
        self._failures = Counter(
            "rfengine_worker_failures", "Jobs that failed here.", ("code",), registry=self.registry
        )
        self._stages = Histogram(
            "rfengine_worker_stage_seconds",
            "How long jobs stayed in a stage of their work.",
            ("stage",),
            buckets=BOUNDS,
            registry=self.registry,
        )
        self._known: set[str] = set()
        Gauge("rfengine_worker_jobs", "Jobs that run here now.", registry=self.registry).set_function(
            lambda: float(len(running()))
        )
        ProcessCollector(registry=self.registry)
        self.registry.register(GpuCollector())

    def ended(self, outcome: Outcome) -> None:
        """Count an attempt."""
        self._attempts.labels(type(outcome).__name__.lower()).inc()
        if isinstance(outcome, Failed):
            self._failures.labels(outcome.problem.type.removeprefix("urn:rfengine:")).inc()

    @contextmanager
    def stages(self) -> Iterator[Callable[[str], None]]:
        """Gives what a job's stages are told to, in their order; each lasts until the next or the block's end."""
        now, since = "start", time.monotonic()

        def enter(stage: str) -> None:
            nonlocal now, since
            if stage != now:
                self._stayed(now, time.monotonic() - since)
                now, since = stage, time.monotonic()

        try:
            yield enter
        finally:
            self._stayed(now, time.monotonic() - since)

    def _stayed(self, stage: str, seconds: float) -> None:
        allowed = stage in self._known or (_STAGE.fullmatch(stage) and len(self._known) < _MOST_STAGES)
        label = stage if allowed else "other"
        self._known.add(label)
        self._stages.labels(label).observe(seconds)


class GpuCollector(Collector):
    """Memory of every NVIDIA card of this machine; nothing where there is none, or no `nvidia-ml-py`."""

    def __init__(self) -> None:
        self._nvml = _nvml()

    def describe(self) -> Iterable[Metric]:
        """Nothing: without it, registering would ask the cards."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Bytes in use and bytes there are, by the index that the system gives a card."""
        used = GaugeMetricFamily("rfengine_gpu_memory_used_bytes", "Memory of the card in use.", labels=("gpu",))
        total = GaugeMetricFamily("rfengine_gpu_memory_bytes", "Memory of the card.", labels=("gpu",))
        if self._nvml is None:
            return
        for index in range(self._nvml.nvmlDeviceGetCount()):
            memory = self._nvml.nvmlDeviceGetMemoryInfo(self._nvml.nvmlDeviceGetHandleByIndex(index))
            used.add_metric((str(index),), memory.used)
            total.add_metric((str(index),), memory.total)
        yield used
        yield total


def serve_figures(figures: Figures, address: tuple[str, int]) -> None:
    """Answer Prometheus in a thread of its own; raises `BadSettingError` where nobody can listen there."""
    host, port = address
    try:
        start_http_server(port, addr=host, registry=figures.registry)
    except OSError as error:
        raise BadSettingError(
            f"RFENGINE_WORKER_METRICS={host}:{port}: {error.strerror}; name a free port of an address of this machine"
        ) from None


def address_of(given: str) -> tuple[str, int] | None:
    """`host:port`, None for no text; raises `BadSettingError`."""
    if not given:
        return None
    host, _, port = given.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise BadSettingError(f"RFENGINE_WORKER_METRICS={given!r} is not host:port; set it to one, e.g. 127.0.0.1:9108")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _nvml() -> Any:
    try:
        library = import_module("pynvml")
        library.nvmlInit()
    except Exception:
        return None  # no package, or no driver
    return library
