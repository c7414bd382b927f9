"""Which methods an address takes, over all routes that lie there: the framework names those of one route."""

import re
from collections.abc import Mapping
from typing import Any

_PARAMETER = re.compile(r"\\\{\w+\\\}")


def methods_at(document: Mapping[str, Any], path: str, known: str = "") -> str:
    """The value of `Allow` for a path: what the OpenAPI document has, and what is `known` besides."""
    found = {method.strip().upper() for method in known.split(",") if method.strip()}
    for template, operations in document["paths"].items():
        if re.fullmatch(_PARAMETER.sub("[^/]+", re.escape(template)), path):
            found |= {method.upper() for method in operations}
    if "GET" in found:
        found.add("HEAD")
    return ", ".join(sorted(found))
