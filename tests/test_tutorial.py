"""The tutorials, run with the base install: what they print is what is written there."""

from pathlib import Path

import pytest

from tests.tutorial import TUTORIALS, blocks, renewed


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_every_command_prints_what_the_page_says(page: Path, bin_folder: Path) -> None:
    assert renewed(page, TUTORIALS[page], bin_folder) == page.read_text(encoding="utf-8"), (
        "the page is out of date: python -m tests.tutorial"
    )


def test_the_detector_tutorial_shows_a_red_and_a_green_build() -> None:
    (page,) = TUTORIALS
    said = [each for block in blocks(page.read_text(encoding="utf-8")) for each in block]
    codes = [each.output.strip() for each in said if each.command == "echo $?"]
    assert codes == ["1", "0", "1"]
