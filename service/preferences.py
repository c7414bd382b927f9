"""What a client would rather have, by its `Prefer` header (RFC 7240). One that makes no sense is passed over."""

import re

from fastapi import Request

_WAIT = re.compile(r'\s*wait\s*=\s*"?(\d{1,9})"?\s*(;.*)?', re.IGNORECASE | re.ASCII)


def wanted_wait(request: Request, longest: float) -> float | None:
    """Seconds that the client would wait for an end, at most `longest`; None where it does not say."""
    for element in ",".join(request.headers.getlist("prefer")).split(","):
        found = _WAIT.fullmatch(element)
        if found is not None:
            return min(float(found[1]), longest)  # the first counts, as the RFC has it
    return None


def applied(seconds: float) -> dict[str, str]:
    """The header that says how long the answer may have waited."""
    return {"Preference-Applied": f"wait={seconds:.0f}", "Vary": "Prefer"}
