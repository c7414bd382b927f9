"""What one analysis carries from stage to stage."""

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec

from api_schemas.report import Report, ReportWarning
from api_schemas.request import AnalyzeRequest
from rfengine.errors import MissingExtra
from rfengine.pictures import Album

Progress = Callable[[str, float], None]
SoFar = Callable[[Report], None]


@dataclass
class Run:
    """The request, the model's name, and what is collected on the way. Without an album no picture is wanted."""

    request: AnalyzeRequest
    name: str
    album: Album | None
    progress: Progress
    warnings: list[ReportWarning] = field(default_factory=list)

    def warn(self, code: str, message: str, tensor: str | None = None) -> None:
        """Add a warning, once."""
        found = ReportWarning(code=code, message=message, tensor=tensor)
        if found not in self.warnings:
            self.warnings.append(found)

    def plots(self) -> Album | None:
        """Where plots go, if they are wanted and can be drawn; says once in the report when they cannot."""
        if self.album is None or find_spec("matplotlib") is not None:
            return self.album
        self.warn("no-pictures", str(MissingExtra.named("plots", "drawing pictures")))
        return None
