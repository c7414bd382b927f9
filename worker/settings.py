"""What a worker may be told by its environment."""

from dataclasses import dataclass

from jobstore.environment import number, text, whole
from jobstore.settings import StoreSettings


@dataclass(frozen=True)
class WorkerSettings:
    """How jobs are run here; times in seconds, memory in bytes."""

    store: StoreSettings
    engine: str = "worker.engine"  # a module with `analyze` and `summarise`, loaded by the children
    concurrency: int = 1  # the engine uses all cores for one job
    job_timeout: float = 900.0
    child_memory: int = 8 << 30  # on top of what the loaded libraries map; 0 for no limit
    sweep_every: float = 2.0

    @classmethod
    def from_environment(cls) -> "WorkerSettings":
        """Read RFENGINE_{ENGINE,CONCURRENCY,JOB_TIMEOUT,CHILD_MEMORY,SWEEP} and the store's settings."""
        return cls(
            store=StoreSettings.from_environment(),
            engine=text("RFENGINE_ENGINE", cls.engine),
            concurrency=whole("RFENGINE_CONCURRENCY", cls.concurrency, least=1),
            job_timeout=number("RFENGINE_JOB_TIMEOUT", cls.job_timeout, least=0.1),
            child_memory=whole("RFENGINE_CHILD_MEMORY", cls.child_memory),
            sweep_every=number("RFENGINE_SWEEP", cls.sweep_every, least=0.05),
        )
