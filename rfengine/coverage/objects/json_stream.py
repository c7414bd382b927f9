"""JSON that is read element by element through a window of text: a file of gigabytes is never whole in memory."""

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from rfengine.coverage.objects.json_cut import Cut, without_numbers
from rfengine.errors import BadInput, LimitExceeded

WINDOW = 1 << 20  # bytes that are read at a time
MOST_ELEMENT = 1 << 24  # characters of one element
# Beyond so many characters before the window's end, what json refuses is wrong and not merely cut off: the longest
# token that it judges as a whole is '-Infinity'.
_TOKEN = 16
_TOKENS = ("true", "false", "null", "NaN", "Infinity", "-Infinity", ".", "e+", "e-", "E+", "E-")
_EXPONENT = 2
_DEEPEST = 100

_SPACE = re.compile(r"[ \t\n\r]*")
_COMMA = re.compile(r"[ \t\n\r]*,[ \t\n\r]*")


class JsonStream:
    """One JSON text, read once from begin to end.

    Elements are decoded by the standard library's decoder and so mean what `json.load` makes of them; what is not
    asked for is decoded and dropped (`skip`), or not even decoded (`items` without a key).

    Args:
        file: open for reading bytes; UTF-8, with or without a byte order mark.
        name: what errors call it.
        window: bytes that are read at a time.
    """

    def __init__(self, file: BinaryIO, name: str, *, window: int = WINDOW) -> None:
        self.name = name
        self._file = file
        self._window = window
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._decode = json.JSONDecoder().raw_decode
        self._text, self._at = "", 0
        self._bytes, self._ended = 0, False
        self._within, self._whole = "", 0

    def peek(self) -> str:
        """The next character that is no white space; '' at the end of the file."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def items(self, *, without: str | None = None) -> Iterator[Any]:
        """The elements of an array, all of which its caller takes.

        Args:
            without: a key whose value no one needs where it is a list of lists of numbers: it may come out as [[]],
                and what stands in it is then not judged.

        Raises:
            BadInput: it is none, or cut short, or no JSON.
        """
        self._take("[")
        if self.peek() == "]":
            self._at += 1
            return
        while True:
            yield from self._in_window(without)
            value = self.value()
            self._whole += 1
            yield value
            if self.peek() == "]":
                self._at += 1
                return
            self._take(",")
            self.peek()

    def fields(self) -> Iterator[str]:
        """The keys of an object; its caller reads or skips each value before the next key.

        Raises:
            BadInput: it is none, or cut short, or no JSON.
        """
        self._take("{")
        if self.peek() == "}":
            self._at += 1
            return
        while True:
            if self.peek() not in ('"', ""):
                raise self._no_json("expected a key in double quotes")
            key = self.value()
            self._take(":")
            outer, self._within, self._whole = self._within, key, 0
            yield key
            self._within, self._whole = outer, 0
            if self.peek() == "}":
                self._at += 1
                return
            self._take(",")

    def value(self) -> Any:
        """The next value, whole.

        Raises:
            BadInput: the file ends in it, or it is no JSON.
            LimitExceeded: it is longer than `MOST_ELEMENT`.
        """
        self.peek()
        while True:
            try:
                found, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                self._go_on_after(error)
            except (ValueError, RecursionError) as error:
                raise self._no_json(str(error)) from error
            else:
                # A number near the window's end may go on: '1' as '1.5' or, behind '1e+', as '1e+5'.
                if end < len(self._text) - _EXPONENT or not isinstance(found, int | float) or not self._more():
                    self._at = end
                    return found

    def skip(self, *, depth: int = 0) -> None:
        """Read over the next value, which lies in so many others that are skipped."""
        opening = self.peek()
        if depth > _DEEPEST:
            raise self._no_json("nested too deep")
        if opening == "[":
            for _ in self.items():
                pass
        elif opening == "{":
            for _ in self.fields():
                self.skip(depth=depth + 1)
        else:
            self.value()

    def finish(self) -> None:
        """Make sure that nothing follows.

        Raises:
            BadInput: something does.
        """
        if self.peek():
            raise self._no_json("text after the end of the whole")

    def _in_window(self, without: str | None) -> Iterator[Any]:
        """The next elements, as far as they and their commas lie in the window: all but a few, at little cost."""
        cut = Cut(self._text) if without is None else without_numbers(self._text, self._at, without)
        text, at, whole = cut.text, self._at, self._whole
        while True:
            try:
                value, end = self._decode(text, at)
            except (ValueError, RecursionError):
                break
            comma = _COMMA.match(text, end)
            if comma is None or comma.end() == len(text):
                break
            at = comma.end()
            whole += 1
            yield value
        self._at, self._whole = cut.before(at), whole

    @property
    def place(self) -> str:
        """Where the reading stands, for a message."""
        ahead = len(self._text[self._at :].encode("utf-8", "surrogatepass")) + len(self._decoder.getstate()[0])
        return f"{self.name}: byte {self._bytes - ahead:,}{self._progress()}"

    def _progress(self) -> str:
        return f", after {self._whole:,} whole elements of '{self._within}'" if self._within else ""

    def _more(self) -> bool:
        """Drop what is read from the window and add to it; false at the end of the file."""
        rest = len(self._text) - self._at
        # As much as is there already: an element longer than the window is then decoded a few times, not many.
        length = max(self._window, min(rest, MOST_ELEMENT + 1 - rest))
        found = b"" if self._ended else self._file.read(length)
        self._ended = not found
        self._bytes += len(found)
        try:
            added = self._decoder.decode(found, final=self._ended)
        except UnicodeDecodeError as error:
            if self._ended:
                raise self._cut_short() from error
            byte = self._bytes - len(error.object) + error.start
            raise BadInput(f"{self.name}: byte {byte:,}: no UTF-8 ({error.reason}); save the file as UTF-8") from error
        if found:
            self._text, self._at = self._text[self._at :] + added, 0
        return bool(found)

    def _take(self, char: str) -> None:
        found = self.peek()
        if not found:
            raise self._cut_short()
        if found != char:
            raise self._no_json(f"expected '{char}', not '{found}'")
        self._at += 1

    def _go_on_after(self, error: json.JSONDecodeError) -> None:
        """Add to the window where the decoder's error may be the window's end and no fault of the text."""
        in_string = error.msg.startswith("Unterminated")
        if not in_string and error.pos < len(self._text) - _TOKEN:
            raise self._no_json(error.msg, error.pos) from error
        if len(self._text) - self._at > MOST_ELEMENT:
            raise LimitExceeded(f"{self.place}: one element has more than {MOST_ELEMENT:,} characters; split it")
        if self._more():
            return
        rest = self._text[error.pos :].strip()
        if in_string or any(token.startswith(rest) for token in _TOKENS):
            raise self._cut_short() from error
        raise self._no_json(error.msg, error.pos) from error

    def _cut_short(self) -> BadInput:
        if not self._bytes:
            return BadInput(f"{self.name}: the file is empty; give the annotations")
        return BadInput(
            f"{self.name}: the file ends at byte {self._bytes:,}{self._progress()}, in the middle; "
            "it is cut short: copy or download it again"
        )

    def _no_json(self, why: str, at: int | None = None) -> BadInput:
        self._at = self._at if at is None else at
        shown = self._text[self._at : self._at + 20]
        return BadInput(f"{self.place}: no JSON at {shown!r} ({why}); correct it, or write the file again")
