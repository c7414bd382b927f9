"""Every form of a report by its name: the worker writes them all, the command line those that are asked for."""

from collections.abc import Callable
from types import MappingProxyType

from api_schemas.formats import FormatName
from api_schemas.report import Report
from rfengine.reports.html import Pictures, html
from rfengine.reports.junit import junit
from rfengine.reports.markdown import markdown
from rfengine.reports.sarif import sarif

Renderer = Callable[[Report, str, Pictures | None], str]

# `api_schemas.formats.FORMATS` says media types and files; a test holds the two to each other.
RENDERERS: MappingProxyType[FormatName, Renderer] = MappingProxyType(
    {
        "json": lambda report, _name, _pictures: f"{report.to_json()}\n",
        "markdown": lambda report, _name, _pictures: markdown(report),
        "html": lambda report, _name, pictures: html(report, pictures=pictures),
        "junit": lambda report, name, _pictures: junit(report, name=name),
        "sarif": lambda report, name, _pictures: sarif(report, model=name),
    }
)


def render(form: FormatName, report: Report, *, name: str, pictures: Pictures | None = None) -> str:
    """A report in one of its forms.

    Args:
        form: a key of `api_schemas.formats.FORMATS`.
        report: a finished one.
        name: what the analysis is called: the model's file name, say.
        pictures: where an artifact is found by its name; None leaves pictures out. Only HTML shows any.
    """
    return RENDERERS[form](report, name, pictures)
