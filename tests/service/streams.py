"""Reads server-sent events as a browser does."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Event(NamedTuple):
    name: str
    id: str
    data: Any


def events(lines: Iterable[str]) -> Iterator[Event]:
    """The events in the lines of a stream; comments and the time to reconnect are passed over."""
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(":")
            fields[name] = value.removeprefix(" ")
            continue
        if "data" in fields:
            yield Event(fields["event"], fields["id"], json.loads(fields["data"]))
        fields = {}
