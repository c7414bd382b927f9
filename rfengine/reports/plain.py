"""The one form of every table that the terminal shows."""

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text


def plain_table(title: str | None = None, caption: str | None = None) -> Table:
    """A table without columns yet: title above, words below, nothing but a line under the headings."""
    return Table(
        title=None if title is None else Text(title, style="bold"),
        caption=caption,
        title_justify="left",
        caption_justify="left",
        header_style="bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
