"""Messages survive being cut anywhere; anything else is refused."""

import pytest

from api_schemas.fan_out import Part, Spread
from api_schemas.job import Artifact
from api_schemas.problem import Problem
from worker.messages import (
    LONGEST_LINE,
    Done,
    Failed,
    GarbledError,
    Lines,
    PartDone,
    Progress,
    SoFar,
    Spreading,
    encode,
)

MESSAGES = [
    Progress(stage="import", fraction=0.5),
    Failed(problem=Problem(type="urn:t", title="t", status=500, detail="line\nbreak")),
    Done(summary=None, artifacts=()),
    Spreading(spread=Spread(parts=(Part(key="0" * 64, body={"do": [1, None]}),))),
    PartDone(result={"square": 4}),
    SoFar(report=Artifact(name="a", media_type="application/json", bytes=1, sha256="0" * 64)),
]


@pytest.mark.parametrize("size", [1, 2, 7, 64, 10_000])
def test_cut_anywhere(size: int) -> None:
    data = b"".join(encode(message) for message in MESSAGES)
    lines = Lines()
    got = [message for at in range(0, len(data), size) for message in lines.feed(data[at : at + size])]
    assert got == MESSAGES


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\n",
        b'{"kind": "other"}\n',
        b'{"kind": "progress"}\n',
        b"\xff\xfe\n",
        b"x" * (LONGEST_LINE + 1),
    ],
)
def test_what_is_no_message_is_refused(data: bytes) -> None:
    with pytest.raises(GarbledError):
        Lines().feed(data)
