"""Readers of annotations, one file per format, to one table.

registry.py     every reader, and the way from a policy to a table
kinds.py        which format a file looks like
json_stream.py  JSON element by element
files.py        the files of a folder or a .zip, and the digest of what is read
image_sizes.py  sizes of pictures, from their headers
raw.py          what a reader found
judge.py        whether it can be true
finish.py       from there to the table, without what the policy leaves aside
write.py        the table as a CSV or a histogram

The package imports its own folder, so that a further format is one new file and its key in the policy's `objects`.
"""

from importlib import import_module
from pkgutil import iter_modules

from rfengine.coverage.objects.files import digest
from rfengine.coverage.objects.kinds import guess
from rfengine.coverage.objects.registry import read_objects, readers
from rfengine.coverage.objects.table import ObjectTable

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["ObjectTable", "digest", "guess", "read_objects", "readers"]
