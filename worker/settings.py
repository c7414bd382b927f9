"""What a worker may be told by its environment."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from api_schemas.queues import Queue
from jobstore.environment import BadSettingError, number, switch, text, whole
from jobstore.settings import StoreSettings
from worker.checkpoints import default_folder
from worker.metrics import address_of

GPU_MEMORY = 0.9  # the rest is for the driver and for what else shows pictures on the machine


@dataclass(frozen=True)
class WorkerSettings:
    """How jobs are run here; times in seconds, memory in bytes."""

    store: StoreSettings
    engine: str = "worker.engine"  # a module as `worker.engine` is, loaded by the children
    concurrency: int = 1  # the engine uses all cores for one job
    job_timeout: float = 900.0  # of one analysis, or one step of planning
    part_timeout: float = 4 * 3600.0  # of one part of a job that fans out
    fan_out: int = 4  # parts that a planner may ask for at once, about
    checkpoints: Path = field(default_factory=default_folder)
    child_memory: int = 8 << 30  # on top of what the loaded libraries map; 0 for no limit
    gpu_memory: float = 0.0  # share of each GPU's memory that a child may have, instead of `child_memory`; 0: no GPU
    webhooks: bool = False
    sweep_every: float = 2.0
    retention: float = 0.0  # days that jobs are kept after their end; 0: for ever
    clean_every: float = 60.0  # seconds between bounded bits of cleaning, on all workers together
    grace: float = 10.0  # that a running job has to end in when the worker is asked to stop
    metrics: tuple[str, int] | None = None  # host and port of this worker's figures

    @classmethod
    def from_environment(cls) -> "WorkerSettings":
        """Read RFENGINE_{ENGINE,CONCURRENCY,JOB_TIMEOUT,PART_TIMEOUT,FAN_OUT,CHECKPOINTS,CHILD_MEMORY,SWEEP,GRACE},
        RFENGINE_{GPU_MEMORY,WEBHOOKS,RETENTION,CLEAN,WORKER_METRICS}, and the store's settings.
        """
        return cls(
            store=StoreSettings.from_environment(),
            engine=text("RFENGINE_ENGINE", cls.engine),
            concurrency=whole("RFENGINE_CONCURRENCY", cls.concurrency, least=1),
            job_timeout=number("RFENGINE_JOB_TIMEOUT", cls.job_timeout, least=0.1),
            part_timeout=number("RFENGINE_PART_TIMEOUT", cls.part_timeout, least=0.1),
            fan_out=whole("RFENGINE_FAN_OUT", cls.fan_out, least=1),
            checkpoints=Path(text("RFENGINE_CHECKPOINTS", str(default_folder()))).absolute(),
            child_memory=whole("RFENGINE_CHILD_MEMORY", cls.child_memory),
            gpu_memory=_share("RFENGINE_GPU_MEMORY"),
            webhooks=switch("RFENGINE_WEBHOOKS"),
            retention=number("RFENGINE_RETENTION", cls.retention),
            clean_every=number("RFENGINE_CLEAN", cls.clean_every, least=0.05),
            sweep_every=number("RFENGINE_SWEEP", cls.sweep_every, least=0.05),
            grace=number("RFENGINE_GRACE", cls.grace),
            metrics=address_of(text("RFENGINE_WORKER_METRICS", "")),
        )

    def suited_to(self, queue: str) -> "WorkerSettings":
        """For the queue `gpu`: one job at a time, since a device is not shared, and most of the device's memory."""
        if queue != Queue.GPU:
            return self
        return replace(self, concurrency=1, gpu_memory=self.gpu_memory or GPU_MEMORY)


def _share(name: str) -> float:
    share = number(name, 0.0)
    if share > 1:
        raise BadSettingError(f"{name}={share:g} is no share of a GPU's memory; set it to 1 or less, e.g. 0.9")
    return share
