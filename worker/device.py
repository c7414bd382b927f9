"""What a worker's children see of the machine's GPUs: those of the CPU queue none, those of the GPU queue one."""

import os
import subprocess
import sys
from collections.abc import MutableMapping

from api_schemas.queues import Queue
from jobstore.environment import BadSettingError

VISIBLE = "CUDA_VISIBLE_DEVICES"

_LOOK = "import importlib, sys; sys.exit(0 if importlib.import_module(sys.argv[1]).has_gpu() else 1)"


def choose_device(queue: str, *, gpu_queue: bool, engine: str, environ: MutableMapping[str, str] = os.environ) -> None:
    """Set what children will see, before the first of them is made.

    An answer is kept under the class of device of its queue, so a worker must not answer with the other class. Where
    there is no queue for GPUs, the only queue's workers use what they find.

    Raises:
        BadSettingError: the queue is for GPUs, and the engine finds none.
    """
    if queue == Queue.GPU:
        environ.setdefault(VISIBLE, "0")
        # Looked up in a process of its own, as this one never loads what it takes.
        looked = subprocess.run([sys.executable, "-P", "-c", _LOOK, engine], env=dict(environ), check=False)
        if looked.returncode != 0:
            raise BadSettingError(
                f"--queue gpu: the engine finds no GPU ({VISIBLE}={environ[VISIBLE]!r}); install a build of torch for "
                "CUDA and look at nvidia-smi, or take jobs from --queue cpu"
            )
    elif gpu_queue:
        environ[VISIBLE] = ""
