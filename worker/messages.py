"""What a child says to its supervisor: one JSON object per line.

JSON and not pickle: the child runs a stranger's model, and what it says is checked before it is believed.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from api_schemas.base import Frozen
from api_schemas.fan_out import Spread
from api_schemas.job import Artifact, Summary
from api_schemas.problem import Problem

LONGEST_LINE = 16 << 20  # bytes


class Progress(Frozen):
    """The work goes on."""

    kind: Literal["progress"] = "progress"
    stage: str
    fraction: float


class SoFar(Frozen):
    """The work goes on, and what is known by now lies in the job's folder."""

    kind: Literal["so_far"] = "so_far"
    report: Artifact


class Done(Frozen):
    """The work is done; the artifacts lie in the job's folder under their names."""

    kind: Literal["done"] = "done"
    summary: Summary | None
    artifacts: tuple[Artifact, ...] = Field(max_length=4096)


class Spreading(Frozen):
    """Other work must be done first; the report so far, where there is one, lies in the job's folder."""

    kind: Literal["spread"] = "spread"
    spread: Spread = Field(description="Without its partial report.")
    partial: Artifact | None = None


class PartDone(Frozen):
    """A part of another job is done."""

    kind: Literal["part"] = "part"
    result: dict[str, Any]


class Failed(Frozen):
    """The work cannot be done; `again`: here and now, and it is worth one more try."""

    kind: Literal["failed"] = "failed"
    problem: Problem
    again: bool = False


Answer = Done | Spreading | PartDone | Failed
Message = Progress | SoFar | Answer

_MESSAGE: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="kind")])


class GarbledError(ValueError):
    """A child said something that is not a message."""


class Lines:
    """Puts bytes together into messages, however they were cut."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now; raises `GarbledError`."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise GarbledError(f"a line of more than {LONGEST_LINE} bytes")
        try:
            return [_MESSAGE.validate_json(line) for line in lines]
        except ValueError as error:
            raise GarbledError(str(error)) from error


def encode(message: Message) -> bytes:
    """One line."""
    return message.model_dump_json().encode() + b"\n"
