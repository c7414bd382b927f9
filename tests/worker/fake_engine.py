"""An engine without torch: it does to its process what the request's `name` says, e.g. `sleep:3` or `segfault`.

`known:sleep:3` tells first what is known so far.
"""

import ctypes
import errno
import hashlib
import os
import resource
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from api_schemas.formats import FormatName
from api_schemas.job import Artifact, Summary, TargetSummary
from api_schemas.report import EngineInfo, ModelInfo, Report
from api_schemas.request import AnalyzeRequest
from rfengine.errors import BadModel
from tests.worker.fake_parts import plan, run_part

__all__ = ["analyze", "has_gpu", "plan", "render", "run_part", "summarise"]

PICTURE = b"\x89PNG\r\n\x1a\n" + b"not really" * 100


def has_gpu() -> bool:
    return "FAKE_GPU" in os.environ


def analyze(
    model: bytes | None,
    request: AnalyzeRequest,
    *,
    name: str,
    out: Path,
    progress: Callable[[str, float], None],
    so_far: Callable[[Report], None],
    images: bytes | None,
    objects: Path | None,
) -> Report:
    progress("import", 0.1)
    if model is not None and b"garbage" in model:
        raise BadModel("bytes 0-7: not an ONNX model; export it again")
    behaviour, _, argument = (request.name or "").partition(":")
    if behaviour == "known":
        so_far(known(name, model or b""))
        behaviour, _, argument = argument.partition(":")
    behave(behaviour, argument, out, progress)
    if behaviour == "images":
        assert images is not None
        assert hashlib.sha256(images).hexdigest() == argument
    else:
        assert images is None
    if behaviour == "objects":
        assert objects is not None
        assert hashlib.sha256(objects.read_bytes()).hexdigest() == argument
    else:
        assert objects is None
    if not os.path.lexists(out / "picture.png"):
        (out / "picture.png").write_bytes(PICTURE)
    progress("report", 1.0)
    picture = Artifact(
        name="picture.png",
        media_type="image/png",
        bytes=len(PICTURE),
        sha256=hashlib.sha256(PICTURE).hexdigest(),
        title="A picture",
    )
    return known(name, model or b"").model_copy(update={"artifacts": (picture,)})


def known(name: str, content: bytes) -> Report:
    return Report(
        engine=EngineInfo(version="0"),
        model=ModelInfo(sha256=hashlib.sha256(content).hexdigest(), name=name, opset=1, nodes=len(content), inputs={}),
        targets=["t"],
    )


def behave(behaviour: str, argument: str, out: Path, progress: Callable[[str, float], None]) -> None:
    if behaviour == "sleep":
        (out.parent / "sleeping").touch()
        steps = max(1, int(float(argument) / 0.1))
        for step in range(steps):
            progress("gradient", step / steps)
            time.sleep(0.1)
    elif behaviour == "loop":
        while True:
            pass
    elif behaviour == "segfault":
        ctypes.string_at(0)
    elif behaviour == "allocate":
        hoard = []
        while True:
            hoard.append(bytearray(1 << 26))
    elif behaviour == "full":
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("the picture could not be written") from error
    elif behaviour == "raise":
        raise RuntimeError("a secret path /etc/shadow")
    elif behaviour == "crash_once":
        # Something outside the job's folder must remember that it happened.
        marker = Path(argument)
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif behaviour == "link":
        (out / "picture.png").symlink_to("/etc/passwd")
    elif behaviour == "pipe":
        os.mkfifo(out / "picture.png")
    elif behaviour == "garble":
        # Whatever is open and takes it: one of these is the way to the supervisor.
        for handle in range(3, 64):
            with suppress(OSError):
                os.write(handle, b"nonsense\n")
    elif behaviour == "confined":
        check_confinement()


def check_confinement() -> None:
    assert os.getsid(0) == os.getpid()
    assert list(Path.cwd().iterdir()) == []
    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
    assert resource.getrlimit(resource.RLIMIT_AS)[0] > 0
    assert not [name for name in os.environ if name.endswith("_URL") and name.startswith("RFENGINE_")]


def render(form: FormatName, report: Report, *, name: str, pictures: Callable[[str], str]) -> str:
    if name == f"unwritable {form}":
        raise RuntimeError("a fault in a form of the report")
    return report.to_json() if form == "json" else f"{form} of {name} with {pictures('picture.png')}"


def summarise(report: Report) -> Summary:
    seen = f"CUDA_VISIBLE_DEVICES={os.environ.get('CUDA_VISIBLE_DEVICES')!r}"
    status = seen if report.model.name == "device" else "exact"
    return Summary(
        targets={
            target: TargetSummary(size=[3, 3], stride=[1, 1], padding=[1, 1], status=status)
            for target in report.targets
        }
    )
