"""An extra brings all that its part of the deployment loads, and needs nothing that only developers have."""

import json
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions

import pytest
from packaging.requirements import Requirement

from tests.service.processes import ROOT

# A process that can load only what the named distributions bring.
ONLY = """
import json, sys
allowed, body = json.loads(sys.argv[1]), sys.argv[2]
class Wall:
    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top not in allowed and top in known and top not in sys.stdlib_module_names:
            raise ModuleNotFoundError(f"No module named {name!r} in this extra", name=name)
        return None
known = set(json.loads(sys.argv[3]))
sys.meta_path.insert(0, Wall())
exec(body)
"""
API = """
import service.__main__
from jobstore.artifacts import open_artifacts
from jobstore.broker import open_broker
from jobstore.database import open_database
"""
SCALE = """
open_broker("redis://127.0.0.1:1/0").close()
open_artifacts("s3://bucket")
try:
    open_database("postgresql+psycopg://127.0.0.1:1/x")
except Exception as error:
    assert "refused" in str(error), error
else:
    raise AssertionError("who was that?")
"""
ALONE = """
import tempfile
folder = tempfile.mkdtemp()
open_broker(f"sqlite:///{folder}/b.db").close()
open_artifacts(f"file://{folder}")
open_database(f"sqlite:///{folder}/l.db").close()
"""


def brought_by(name: str, extras: frozenset[str], seen: set[tuple[str, str]]) -> set[str]:
    """The distributions that installing one brings, itself included."""
    found = {normal(name)}
    try:
        requirements = distribution(name).requires or []
    except PackageNotFoundError:
        return set()  # for another system than this
    for line in requirements:
        needed = Requirement(line)
        wanted = needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in (extras or {""}))
        if wanted and (needed.name, ",".join(needed.extras)) not in seen:
            seen.add((needed.name, ",".join(needed.extras)))
            found |= brought_by(needed.name, frozenset(needed.extras), seen)
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.mark.parametrize(("extra", "body"), [("scale", API + SCALE), ("service", API + ALONE)])
def test_an_extra_is_complete(extra: str, body: str) -> None:
    brought = brought_by("rfengine", frozenset({extra}), set())
    modules = packages_distributions()
    allowed = [top for top, by in modules.items() if brought & {normal(name) for name in by}]
    command = [sys.executable, "-c", ONLY, json.dumps(allowed), body, json.dumps(list(modules))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "torch" not in allowed
