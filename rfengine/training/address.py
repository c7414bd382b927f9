"""The content address of a run: a hash of everything that decides its outcome."""

import hashlib
import json

from api_schemas.sweep import SweepOptions
from rfengine import __version__
from rfengine.training.cells import Cell

# Raised when training itself changes, so that runs of before are not taken for runs of now.
PROTOCOL = 1


def address(identity: str, options: SweepOptions, cell: Cell) -> str:
    """SHA-256, hex, of one run.

    Args:
        identity: hash of the network before training (see `sources`).
        options: of the sweep; only what a single run depends on counts.
        cell: distance and seed.
    """
    training = options.training.model_dump(mode="json", exclude={"device"})
    said = {
        "protocol": PROTOCOL,
        "engine": __version__,
        "network": identity,
        "dataset": options.dataset.model_dump(mode="json"),
        "training": training,
        "erf": options.erf,
        "distance": cell.distance,
        "seed": cell.seed,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
