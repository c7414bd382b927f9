"""Settings that hold for every test, before anything loads torch; the base install, made once."""

import subprocess
import sys
from pathlib import Path

import pytest

from rfengine.threads import wait_quietly

wait_quietly()

pytest_plugins = ["tests.scale.fixtures"]

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def bin_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands of the base install, from the source tree into an empty environment."""
    folder = tmp_path_factory.mktemp("base")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--constraint", ROOT / "constraints.txt", ROOT], check=True)
    return folder / "bin"
