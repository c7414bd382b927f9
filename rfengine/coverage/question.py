"""What a check asks, as a digest: shares of two checks can be compared where they answer the same question."""

import hashlib
import json
from typing import Any

import numpy as np

from api_schemas.policy import CoveragePolicy
from rfengine.coverage.objects.table import ObjectTable

# What asks nothing of an object: names, which part of the model answers, how much is enough, how much is told.
BESIDE: dict[str, Any] = {
    "name": True,
    "worst": True,
    "heads": True,
    "objects": True,
    "require": {"covered", "bins", "clipped"},
    "per_head": {"__all__": {"covered", "clipped"}},
}


def question_of(policy: CoveragePolicy, table: ObjectTable) -> str:
    """The digest of the objects, their images' sizes and of all in the policy that decides which are covered."""
    asked = policy.model_dump(mode="json", exclude=BESIDE)
    asked["image_size"] = policy.objects.image_size
    hasher = hashlib.sha256(json.dumps(asked, sort_keys=True).encode())
    for column in (table.width, table.height, table.x, table.y, table.count, table.image):
        hasher.update(np.ascontiguousarray(column).tobytes())
    for column in (table.image_width, table.image_height):
        hasher.update(np.ascontiguousarray(column).tobytes())
    return hasher.hexdigest()
