"""A training on disk, so that it goes on after its process was killed. A file appears whole or not at all."""

import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

log = logging.getLogger(__name__)

EVERY = 20.0  # seconds; a look in between is not saved


def save(path: Path, state: dict[str, Any]) -> None:
    """Write the state; a disk that is full loses the checkpoint and not the training."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, part)
        part.replace(path)
    except OSError as error:
        log.warning("checkpoint %s: %s; training goes on without it", path.name, error)
        part.unlink(missing_ok=True)


def load(path: Path, restore: Callable[[dict[str, Any]], None]) -> bool:
    """Hand a state to `restore`; false where there is none, or none that can be used."""
    if not path.is_file():
        return False
    try:
        restore(torch.load(path, weights_only=True))
    except (
        Exception
    ) as error:  # whatever a file that somebody else cut short may raise: training from the start is right
        log.warning("checkpoint %s cannot be used (%s); training starts anew", path.name, error)
        return False
    return True
