"""The published table of TF-slim's endpoints (google-research/receptive_field), row by row.

Rows for 224 px give size, stride and padding at that image. Rows without a resolution give what holds at every image:
size and stride, which SAME padding never changes, and the padding where it does not depend on the image; null where it
does. A strided SAME window pads (k - s) / 2 before an image of even size and (k - 1) / 2 before one of odd size (k odd,
s = 2), so 224 px and 225 px, whose feature maps stay even and odd through all five halvings, realise both: a padding is
null exactly where these two differ.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from api_schemas import zoo
from rfengine.oracles.answer import Answer, agreed, answer
from rfengine.oracles.finding import Finding, Value
from rfengine.oracles.published import published
from rfengine.oracles.registry import Family, register

FILE = "tf_slim_endpoints.json"
EVEN, ODD = 224, 225


def findings() -> Iterator[Finding]:
    """One finding per row of the table."""
    # A network's rows follow each other: two answers, one per size, are all that is ever asked for again.
    answered = lru_cache(maxsize=2)(_answer)
    for row in published(FILE)["rows"]:
        sides = (EVEN, ODD) if row["resolution"] is None else (row["resolution"],)
        fields = [answered(row["model"], side).tensors[row["end_point"]] for side in sides]
        yield Finding(
            group=f"{row['model']} {_at(row)}",
            place=row["end_point"],
            figure="size, stride, padding",
            expected=(row["rf"], row["stride"], row["padding"]),
            found=(
                _everywhere(agreed(field.size) for field in fields),
                _everywhere(agreed(field.stride) for field in fields),
                _everywhere(agreed(field.padding) for field in fields),
            ),
        )


def _answer(name: str, side: int) -> Answer:
    return answer(zoo.build(name, input_shape=(1, 3, side, side)), name=name)


def _at(row: Mapping[str, Any]) -> str:
    return "at any size" if row["resolution"] is None else f"at {row['resolution']} px"


def _everywhere(values: Iterable[Value]) -> Value:
    """The one value at all image sizes; None where it depends on the image."""
    different = set(values)
    return different.pop() if len(different) == 1 else None


register(
    Family(
        name="tf_slim",
        title="Endpoints of TF-slim's networks",
        source="google-research/receptive_field, RECEPTIVE_FIELD_TABLE.md",
        findings=findings,
        note="In px; – is a padding that depends on the size of the image.",
    )
)
