"""JSON text without the numbers of one key: polygons are four fifths of COCO's files, and no box needs them."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

_OPENING = re.compile(r"[ \t\n\r]*:[ \t\n\r]*\[\[")
_CLOSING = "]]"


@dataclass(frozen=True, slots=True)
class Cut:
    """A text with parts taken out.

    Args:
        text: what is left.
        places: where in it something is missing, ascending.
        missing: how many characters are missing up to and at each place.
    """

    text: str
    places: Sequence[int] = ()
    missing: Sequence[int] = ()

    def before(self, place: int) -> int:
        """Where a place of the text was before the cut."""
        at = bisect_right(self.places, place)
        return place + (self.missing[at - 1] if at else 0)


def without_numbers(text: str, start: int, key: str) -> Cut:
    """The text with `"key": [[...]]` as `"key": [[]]`, from `start` on, wherever that surely leaves the rest as it is.

    In JSON a quoted word before a colon is a key, and what stands between `[[` and the next `]]` is the whole value if
    its brackets are balanced and no string begins in it. All else stays: values that are cut off by the text's end,
    that hold strings or lists of other depth, or that are written with spaces between their brackets.
    """
    quoted = f'"{key}"'
    pieces, places, missing = list[str](), list[int](), list[int]()
    kept = length = 0
    seek = start
    while (seek := text.find(quoted, seek)) >= 0:
        seek += len(quoted)
        opening = _OPENING.match(text, seek)
        if opening is None:
            continue
        begin = opening.end()
        end = text.find(_CLOSING, begin)
        if end < 0:
            break
        inside = text[begin:end]
        if '"' in inside or inside.count("[") != inside.count("]"):
            continue
        pieces.append(text[kept:begin])
        length += begin - kept
        places.append(length)
        missing.append(end - length)
        kept = seek = end
    return Cut("".join((*pieces, text[kept:])), places, missing)
