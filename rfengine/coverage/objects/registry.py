"""The registry of readers, keyed by the policy's name for a source."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from api_schemas.policy_objects import FILES, Objects
from rfengine.coverage.objects.files import digest, readable
from rfengine.coverage.objects.finish import finished
from rfengine.coverage.objects.kinds import refuse_other_kind
from rfengine.coverage.objects.raw import Raw, Source
from rfengine.coverage.objects.table import ObjectTable
from rfengine.errors import BadInput


@dataclass(frozen=True, slots=True)
class Reader:
    """One kind of source, a key of the policy's `objects`: `read(source)` gives every box of it."""

    kind: str
    read: Callable[[Source], Raw]


_BY_KIND: dict[str, Reader] = {}


def register(reader: Reader) -> Reader:
    """Add a reader.

    Raises:
        ValueError: its kind has one already.
    """
    if reader.kind in _BY_KIND:
        raise ValueError(f"a reader of '{reader.kind}' is registered twice")
    _BY_KIND[reader.kind] = reader
    return reader


def readers() -> tuple[Reader, ...]:
    """Every registered reader, by name."""
    return tuple(sorted(_BY_KIND.values(), key=lambda reader: reader.kind))


def read_objects(objects: Objects, path: Path | None) -> ObjectTable:
    """The objects of a policy as a table.

    `objects.images`, where given, is read as it stands there: whoever calls makes it absolute, and takes it from no
    stranger.

    Args:
        objects: the policy's word on its objects.
        path: the file or folder to read; None for sizes and histograms that stand in the policy.

    Raises:
        BadInput: it cannot be read as that source, or a box in it cannot be; the message says where and what to do.
        LimitExceeded: it is larger than what is read.
    """
    reader = _BY_KIND[objects.source]
    if objects.source not in FILES:
        return finished(reader.read(Source(objects, Path(), "")), objects, sha256=None)
    if path is None:
        raise BadInput(f"objects.{objects.source}: '{objects.path}' did not come with the policy; give the file")
    name = Path(objects.path or "").name or path.resolve().name
    if not path.exists():
        raise BadInput(f"objects.{objects.source}: no file or folder '{path}'; paths are relative to the policy file")
    with readable(name):
        refuse_other_kind(objects.source, path, name)
        images = None if objects.images is None else Path(objects.images)
        return finished(reader.read(Source(objects, path, name)), objects, sha256=digest(path, images=images))
