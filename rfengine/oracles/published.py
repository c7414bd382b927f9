"""The files of data/, as they are: what is published, without a word of the engine's."""

import json
from importlib.resources import files
from typing import Any

import yaml


def published(file: str) -> dict[str, Any]:
    """A JSON or YAML file of data/."""
    text = files("rfengine.oracles").joinpath("data", file).read_text(encoding="utf-8")
    read: dict[str, Any] = json.loads(text) if file.endswith(".json") else yaml.safe_load(text)
    return read
