"""The layer spec: a network as JSON or YAML."""

from api_schemas.base import Frozen


class LayerSpec(Frozen):
    """A network as named layers."""
