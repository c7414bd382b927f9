"""What dead workers left is swept, what living ones use is not."""

import subprocess
import sys
from pathlib import Path

from worker.folders import PREFIX, job_folder, worker_folder

HOLD = """
import sys, pathlib, time
from worker.folders import worker_folder
with worker_folder(pathlib.Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    time.sleep(60)
"""


def test_the_next_worker_sweeps_up(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        theirs = Path(other.stdout.readline().strip())
        with worker_folder(tmp_path) as mine:
            assert theirs.is_dir()
            assert mine != theirs
        other.kill()
        other.wait()
    assert theirs.is_dir()
    with worker_folder(tmp_path):
        assert not theirs.exists()
    assert list(tmp_path.glob(f"{PREFIX}*")) == []


def test_a_jobs_corner_goes_with_the_job(tmp_path: Path) -> None:
    with job_folder(tmp_path, "j") as folder:
        assert list(folder.empty.iterdir()) == []
        (folder.out / "file").touch()
    assert list(tmp_path.iterdir()) == []
