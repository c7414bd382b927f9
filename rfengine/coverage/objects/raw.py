"""What a reader found in annotations, before it is judged and before anything is left aside."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api_schemas.policy_objects import Objects
from rfengine.coverage.objects.table import Floats, Integers
from rfengine.errors import LimitExceeded

MOST_OBJECTS = 20_000_000
MOST_IMAGES = 5_000_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Source:
    """What a reader is given.

    Args:
        objects: the policy's word on its objects.
        path: the file or folder to read; means nothing for sizes that stand in the policy.
        name: what the policy calls it; it may have come under another.
    """

    objects: Objects
    path: Path
    name: str


@dataclass(frozen=True, eq=False)
class Raw:
    """Every box of a source, in its order; columns as in `ObjectTable`.

    Args:
        source: kind of source, a key of the policy's `objects`.
        name: of the file or folder; None where the sizes stand in the policy.
        noun: what `ids` number, for messages: annotations, lines of a file.
        aside: boxes that the source itself marks as none to be judged, by reason.
    """

    source: str
    name: str | None
    width: Floats
    height: Floats
    count: Integers
    x: Floats
    y: Floats
    image: NDArray[np.int32]
    image_width: Floats
    image_height: Floats
    image_names: Sequence[str]
    label: NDArray[np.int32]
    labels: Sequence[str]
    ids: Integers | Sequence[str]
    noun: str = "annotation"
    aside: Mapping[str, Mask] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What messages call the source."""
        return self.name or f"objects.{self.source}"

    def place(self, row: int) -> str:
        """Which box a row is, for messages."""
        image = self.image[row]
        within = f" of image '{self.image_names[image]}'" if image >= 0 and self.image_names[image] else ""
        return f"{self.title}: {self.noun} {self.ids[row]}{within}"


class Slots(dict[Any, int]):
    """Numbers for ids or names, in the order in which they are first asked for."""

    def __init__(self, what: str, most: int = MOST_IMAGES) -> None:
        super().__init__()
        self._what, self._most = what, most

    def __missing__(self, key: object) -> int:
        """The next number.

        Raises:
            TypeError: the key is neither a whole number nor a text.
            LimitExceeded: there are too many.
        """
        if not isinstance(key, int | str | tuple) and not (isinstance(key, float) and key.is_integer()):
            raise TypeError(f"{key!r} is neither a whole number nor a text")
        if len(self) >= self._most:
            raise LimitExceeded(f"{self._what}: more than {self._most:,} of them; split the annotations")
        self[key] = number = len(self)
        return number


class Ids:
    """Ids as they come: whole numbers take eight bytes each, and one that is none makes all of them words."""

    def __init__(self) -> None:
        self._numbers = array("q")
        self._words: list[str] | None = None

    def append(self, value: object) -> None:
        """Add one."""
        if self._words is None:
            try:
                self._numbers.append(value)  # type: ignore[arg-type]
                return
            except (TypeError, OverflowError):
                self._words = [str(number) for number in self._numbers]
        self._words.append(str(value))

    def column(self) -> Integers | list[str]:
        """All of them."""
        return np.frombuffer(self._numbers, np.int64) if self._words is None else self._words


def floats(values: "array[float]") -> Floats:
    """A column of numbers, in the memory of the array."""
    return np.frombuffer(values, np.float64)


def integers(values: "array[int]") -> NDArray[np.int32]:
    """A column of places in a table, in the memory of the array."""
    return np.frombuffer(values, np.int32)
