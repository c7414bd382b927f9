"""A cell of a terminal table that keeps the end of a name."""

from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

from rfengine.reports.text import ELLIPSIS, printable

LEAST = 6


@dataclass(frozen=True)
class Tail:
    """A name that is cut at the front to the width its column has: names of one network differ at the end.

    `mark` stands before it and is never cut. A column that holds it must not have an overflow rule of its own.
    """

    name: str
    mark: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        name, room = printable(self.name), options.max_width - len(self.mark)
        if len(name) > room:
            name = ELLIPSIS + name[len(name) - max(0, room - 1) :]
        yield Text(self.mark + name, no_wrap=True, overflow="crop")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        full = len(self.mark) + len(self.name)
        return Measurement(min(full, len(self.mark) + LEAST), full)
