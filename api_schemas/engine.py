"""Which engine answered: part of every result."""

from pydantic import Field

from api_schemas.base import Open


class EngineInfo(Open):
    """Which engine answered."""

    version: str
    torch: str | None = Field(None, description="Version of torch; null where the answer needed none.")
    device: str = "cpu"
