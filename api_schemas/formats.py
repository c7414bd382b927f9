"""The forms in which a finished report can be had: what each is called, as a media type and as a file."""

from types import MappingProxyType
from typing import Literal, NamedTuple

FormatName = Literal["json", "markdown", "html", "junit", "sarif"]


class ReportFormat(NamedTuple):
    """One form of a report."""

    name: FormatName
    media_type: str  # what an answer in this form says
    file: str  # the artifact's name
    accepts: tuple[str, ...]  # what a question may say to get it; the media type is among them


def _format(name: FormatName, media_type: str, file: str, *also: str) -> ReportFormat:
    return ReportFormat(name, media_type, file, (media_type, *also))


# In the order of preference where a question accepts several alike.
FORMATS: MappingProxyType[FormatName, ReportFormat] = MappingProxyType(
    {
        each.name: each
        for each in (
            _format("json", "application/json", "report.json"),
            _format("markdown", "text/markdown", "report.md"),
            _format("html", "text/html", "report.html"),
            _format("junit", "application/xml", "report.junit.xml", "text/xml", "application/junit+xml"),
            _format("sarif", "application/sarif+json", "report.sarif"),
        )
    }
)
