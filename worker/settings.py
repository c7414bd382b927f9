"""What a worker may be told by its environment."""

from dataclasses import dataclass, field
from pathlib import Path

from jobstore.environment import number, text, whole
from jobstore.settings import StoreSettings
from worker.checkpoints import default_folder


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
    sweep_every: float = 2.0

    @classmethod
    def from_environment(cls) -> "WorkerSettings":
        """Read RFENGINE_{ENGINE,CONCURRENCY,JOB_TIMEOUT,PART_TIMEOUT,FAN_OUT,CHECKPOINTS,CHILD_MEMORY,SWEEP}, and the
        store's settings.
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
            sweep_every=number("RFENGINE_SWEEP", cls.sweep_every, least=0.05),
        )
