"""Where parts keep their state: a folder of the user's own, that is tidied."""

import os
from pathlib import Path

import pytest

from jobstore.environment import BadSettingError
from worker.checkpoints import LONGEST_UNUSED, open_checkpoints
from worker.settings import WorkerSettings

KEY, OTHER = "a" * 64, "b" * 64


def test_the_folder_is_made_for_its_user_alone(tmp_path: Path) -> None:
    made = open_checkpoints(tmp_path / "deep" / "folder")
    assert made.folder.stat().st_mode & 0o777 == 0o700
    assert made.path(KEY) == tmp_path / "deep" / "folder" / KEY
    open_checkpoints(made.folder)


def test_a_part_is_forgotten_with_what_lies_beside_it(tmp_path: Path) -> None:
    made = open_checkpoints(tmp_path)
    for name in (KEY, f"{KEY}.17.part", OTHER):
        (tmp_path / name).touch()
    made.drop(KEY)
    made.drop(KEY)
    assert [path.name for path in tmp_path.iterdir()] == [OTHER]


def test_what_nobody_has_touched_for_a_week_goes(tmp_path: Path) -> None:
    made = open_checkpoints(tmp_path)
    for name, age in ((KEY, LONGEST_UNUSED + 60.0), (OTHER, LONGEST_UNUSED - 60.0)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    made.sweep(now=1e9)
    assert [path.name for path in tmp_path.iterdir()] == [OTHER]


@pytest.mark.parametrize("kind", ["file", "link"])
def test_a_folder_that_is_not_the_users_own_is_refused(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    if kind == "file":
        place.touch()
    else:
        place.symlink_to(tmp_path)
    with pytest.raises(BadSettingError, match="RFENGINE_CHECKPOINTS"):
        open_checkpoints(place)


def test_the_settings_name_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"CHECKPOINTS": str(tmp_path), "PART_TIMEOUT": "60", "FAN_OUT": "9"}
    for name, value in settings.items():
        monkeypatch.setenv(f"RFENGINE_{name}", value)
    read = WorkerSettings.from_environment()
    assert (read.checkpoints, read.part_timeout, read.fan_out) == (tmp_path, 60.0, 9)
    monkeypatch.delenv("RFENGINE_CHECKPOINTS")
    assert str(os.getuid()) in WorkerSettings.from_environment().checkpoints.name
