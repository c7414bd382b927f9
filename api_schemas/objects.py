"""The file of a policy's objects, which comes beside a request: the same rules on both ends of the wire."""

import re

from api_schemas.policy_objects import Objects
from api_schemas.request import AnalyzeRequest

PACKED = ("yolo", "voc")  # sources of many files, which travel as one zip

_LONGEST_NAME = 255
_SLASHES = re.compile(r"[/\\]")


class LocalImagesError(ValueError):
    """A policy names a folder of images, which stays where the policy was written."""


def needs_objects(request: AnalyzeRequest) -> bool:
    """Whether the request cannot be answered without a file of objects beside it."""
    return request.coverage is not None and request.coverage.objects.path is not None


def with_names_only(request: AnalyzeRequest) -> AnalyzeRequest:
    """The request as it travels: where the policy names a file or a folder, only the last part of its path is left.

    The content is in the cache key by its hash; where it lay on the caller's machine is nobody's business, and no part
    of the question.

    Raises:
        LocalImagesError: the policy names a folder of images, whose content does not travel.
    """
    policy = request.coverage
    if policy is None or policy.objects.path is None:
        return request
    objects = policy.objects
    if objects.images is not None:
        raise LocalImagesError(
            f"the folder {_name(objects.images)!r} of images is not sent to a server; give image_size, the width and "
            "height of the images in px, in its place, or check without a server"
        )
    named = objects.model_copy(update={objects.source: _name(objects.path or "") or objects.source})
    return request.model_copy(update={"coverage": policy.model_copy(update={"objects": named})})


def origin(objects: Objects) -> str:
    """Where a policy says its objects come from, in a few words: `coco 'instances.json'`."""
    return objects.source if objects.path is None else f"{objects.source} {_name(objects.path)!r}"


def _name(path: str) -> str:
    parts = _SLASHES.split("".join(filter(str.isprintable, path)))
    return next((part for part in reversed(parts) if part not in ("", ".", "..")), "")[-_LONGEST_NAME:]
