"""What the probe found on the real graph, in a line for the terminal."""

from api_schemas.report import Report
from rfengine.reports.fields import seen
from rfengine.reports.text import shorten

NAME_WIDTH, LISTED = 34, 10


def refuted(report: Report) -> tuple[str, ...]:
    """The tensors whose field the real graph contradicts, each once."""
    return tuple(dict.fromkeys(found.name for found in seen(report) if found.field.verified == "refuted"))


def verdict(report: Report) -> str | None:
    """How many fields are confirmed, which are refuted; None where no check was asked for."""
    found = [each.field.verified for each in seen(report) if each.field.verified is not None]
    if not found:
        return None
    confirmed, unverifiable = found.count("confirmed"), found.count("unverifiable")
    line = f"{confirmed} of {len(found) - unverifiable} fields confirmed on the real graph"
    if unverifiable:
        line += f"; {unverifiable} unverifiable"
    names = refuted(report)
    if names:
        listed = ", ".join(shorten(name, NAME_WIDTH) for name in names[:LISTED])
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        line += f"; refuted (a fault of the engine): {listed}{more}"
    return line
