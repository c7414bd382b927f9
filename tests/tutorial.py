"""Tutorials as they are run: every `$` line of a console block, in order, in one folder; its output is what follows.

`python -m tests.tutorial` runs the tutorials with the commands at hand and writes what they print into them.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
TUTORIALS = {ROOT / "docs" / "tutorials" / "detector-ci.md": ROOT / "examples" / "detector-ci"}
BLOCK = re.compile(r"(?<=^```console\n).*?(?=^```$)", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """One command and what it prints to stdout."""

    command: str
    output: str

    def __str__(self) -> str:
        return f"$ {self.command}\n{self.output}"


def blocks(text: str) -> list[list[Said]]:
    """The console blocks of a page, command by command."""
    return [list(_commands(found[0])) for found in BLOCK.finditer(text)]


def _commands(block: str) -> Iterator[Said]:
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield Said(command, output)


def played(commands: Sequence[str], folder: Path, bin_folder: Path) -> list[str]:
    """What the commands print, one after the other; `$?` is that of the one before."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "COLUMNS": "100",
        "RFENGINE_CACHE": str(folder / ".cache"),
        # What is installed is what lies here.
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    outputs, code = [], 0
    for command in commands:
        ready = command.replace("install --quiet rfengine", f"install --quiet --no-deps '{ROOT}'")
        script = f"(exit {code})\n{ready}"
        done = subprocess.run(
            ["bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        code = done.returncode
        if code > 1:
            raise RuntimeError(f"{command}: exit code {code}: {done.stderr}")
        outputs.append("".join(f"{line.rstrip()}\n" for line in done.stdout.splitlines()))
    return outputs


def renewed(page: Path, example: Path, bin_folder: Path) -> str:
    """The page with what its commands print now."""
    text = page.read_text(encoding="utf-8")
    found = blocks(text)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / example.name
        shutil.copytree(example, folder)
        outputs = iter(played([said.command for block in found for said in block], folder, bin_folder))
    parts = iter("".join(str(Said(said.command, next(outputs))) for said in block) for block in found)
    return BLOCK.sub(lambda _: next(parts), text)


if __name__ == "__main__":
    for tutorial, files in TUTORIALS.items():
        tutorial.write_text(renewed(tutorial, files, Path(sys.executable).parent), encoding="utf-8")
