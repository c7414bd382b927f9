"""A planner and its parts without torch: squares of numbers, in rounds.

The request's `name` is `<rounds>x<parts of a round> <behaviour>[:<argument>]`, e.g. `2x3 sleep:0.5`. Every part sleeps;
part 1 alone does worse.
"""

import ctypes
import hashlib
import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from api_schemas.engine import EngineInfo
from api_schemas.fan_out import Part, PartOutcome, Spread
from api_schemas.job import Summary, SweepSummaryRow
from api_schemas.report import ModelInfo, Report
from api_schemas.request import AnalyzeRequest
from rfengine.errors import BadModel

LOG = "parts.log"  # beside the folder of checkpoints: what every part did, a line each


def plan(
    model: bytes | None,
    request: AnalyzeRequest,
    finished: Sequence[PartOutcome],
    *,
    name: str,
    out: Path,
    progress: Callable[[str, float], None],
    width: int,
) -> Report | Spread:
    progress("plan", 1.0)
    shape, _, behaviour = (request.name or "").partition(" ")
    rounds, size = (int(number) for number in shape.split("x"))
    if behaviour == "bad plan":
        raise BadModel("bytes 0-7: not an ONNX model; export it again")
    if behaviour == "slow plan" and finished:
        time.sleep(20.0)
    known = len(finished)
    if known == rounds * size:
        return report(model, name, finished)
    numbers = range(known, known + size)
    return Spread(
        parts=tuple(part(number, behaviour) for number in numbers),
        progress=known / (rounds * size),
        reaches=(known + size) / (rounds * size),
        summary=Summary(sweep=[SweepSummaryRow(network=f"width {width}", trainings=known)]),
        partial=report(model, name, finished),
    )


def part(number: int, behaviour: str) -> Part:
    key = hashlib.sha256(f"square of {number}, {behaviour}".encode()).hexdigest()
    return Part(key=key, body={"number": number, "behaviour": behaviour}, title=f"square of {number}")


def report(model: bytes | None, name: str, finished: Sequence[PartOutcome]) -> Report:
    squares = [str(outcome.result["square"]) for outcome in finished if outcome.result is not None]
    problems = [outcome.problem.type for outcome in finished if outcome.problem is not None]
    content = model or b""
    return Report(
        engine=EngineInfo(version="0"),
        model=ModelInfo(sha256=hashlib.sha256(content).hexdigest(), name=name, opset=1, nodes=len(content), inputs={}),
        targets=[*squares, *problems],
        artifacts=[],
    )


def run_part(
    model: bytes | None,
    request: AnalyzeRequest,
    body: Mapping[str, Any],
    *,
    name: str,
    progress: Callable[[str, float], None],
    checkpoint: Path | None,
) -> dict[str, Any]:
    assert checkpoint is not None
    number, (behaviour, argument) = body["number"], (*body["behaviour"].split(":"), "")[:2]
    begun = int(checkpoint.read_text()) if checkpoint.exists() else 0
    log(checkpoint, f"begin {number} at {begun}")
    if behaviour == "sleep":
        steps = int(float(argument) / 0.1)
        for step in range(begun, steps):
            time.sleep(0.1)
            checkpoint.write_text(str(step + 1))
            progress("square", (step + 1) / steps)
    elif number == 1:
        misbehave(behaviour, argument)
    log(checkpoint, f"end {number}")
    return {"square": number * number, "model": None if model is None else len(model)}


def misbehave(behaviour: str, argument: str) -> None:
    if behaviour == "fail":
        raise BadModel("bytes 0-7: not an ONNX model; export it again")
    if behaviour == "segfault":
        ctypes.string_at(0)
    elif behaviour == "loop":
        while True:
            pass
    elif behaviour == "crash_once":
        marker = Path(argument)
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    elif behaviour == "garble":
        for handle in range(3, 64):
            with suppress(OSError):
                os.write(handle, b"nonsense\n")
    elif behaviour == "spread":
        # An answer that a part may not give.
        said = b'{"kind": "done", "summary": null, "artifacts": []}\n'
        for handle in range(3, 64):
            with suppress(OSError):
                os.write(handle, said)
        time.sleep(5.0)


def log(checkpoint: Path, line: str) -> None:
    with (checkpoint.parent.parent / LOG).open("a") as file:
        file.write(f"{line}\n")
