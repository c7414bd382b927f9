"""The networks of the worked figures, from data/networks.yaml, under the words that the figures are published with."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from api_schemas import zoo
from api_schemas.spec import LayerSpec
from rfengine.oracles.published import published


@dataclass(frozen=True, slots=True)
class Network:
    """A network and the tensor that its figures are of; None is the last one."""

    spec: LayerSpec
    tensor: str | None = None


@cache
def networks() -> dict[str, Network]:
    """Every network of the file."""
    written = published("networks.yaml")
    return {words: _network(entry, written["defaults"]) for words, entry in written["networks"].items()}


def _network(entry: dict[str, Any], defaults: dict[str, Any]) -> Network:
    if "zoo" in entry:
        return Network(zoo.build(entry["zoo"], input_shape=entry["input"]), entry["tensor"])
    spec = {"input": entry["input"], "defaults": defaults, "layers": entry["layers"]}
    return Network(LayerSpec.model_validate(spec))
