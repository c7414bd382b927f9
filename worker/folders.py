"""Where children work: one folder per worker, swept by the next worker when this one dies."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PREFIX = "rfengine-worker-"


@dataclass(frozen=True)
class Folder:
    """One job's corner."""

    root: Path

    @property
    def model(self) -> Path:
        """Where the uploaded model is copied to."""
        return self.root / "model.onnx"

    @property
    def images(self) -> Path:
        """Where the images that came with it are copied to."""
        return self.root / "images.zip"

    @property
    def objects(self) -> Path:
        """Where the objects that came with it are copied to."""
        return self.root / "objects"

    @property
    def out(self) -> Path:
        """Where the child writes its files."""
        return self.root / "out"

    @property
    def empty(self) -> Path:
        """The child's working directory."""
        return self.root / "empty"


@contextmanager
def worker_folder(parent: Path | None = None) -> Iterator[Path]:
    """A folder for this worker's jobs, gone at the end; what dead workers left is removed first."""
    parent = parent or Path(tempfile.gettempdir())
    for left in parent.glob(f"{PREFIX}*"):
        _remove_if_dead(left)
    mine = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    with (mine / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield mine
        finally:
            shutil.rmtree(mine, ignore_errors=True)


@contextmanager
def job_folder(worker: Path, job: str) -> Iterator[Folder]:
    """A corner for one attempt at one job, gone at the end."""
    folder = Folder(Path(tempfile.mkdtemp(prefix=f"{job}-", dir=worker)))
    folder.out.mkdir()
    folder.empty.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder.root, ignore_errors=True)


def _remove_if_dead(folder: Path) -> None:
    # A living worker holds the lock of its folder; the kernel lets go of a dead one's.
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return
