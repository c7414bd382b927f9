"""A deployment whose processes write their lines into files."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.service.processes import Deployment


@dataclass
class Logged(Deployment):
    """`said` has what a kind of process, `service` or `worker`, has written to stderr; children write with workers."""

    def said(self, kind: str) -> list[str]:
        return (self.data / f"{kind}.log").read_text().splitlines()

    def lines(self, kind: str) -> list[dict[str, Any]]:
        """As JSON; fails where a line is none."""
        return [json.loads(line) for line in self.said(kind)]

    @contextmanager
    def _process(self, *command: str) -> Iterator[subprocess.Popen[bytes]]:
        self.data.mkdir(exist_ok=True)
        with (self.data / f"{command[0]}.log").open("ab") as log:
            process = subprocess.Popen([sys.executable, "-P", "-m", *command], env=self.environment, stderr=log)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(15.0)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
