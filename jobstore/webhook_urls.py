"""Which addresses a webhook may have, as text; where they lead is looked at when they are called."""

import re
from urllib.parse import urlsplit

LONGEST = 2000  # characters

_VISIBLE = re.compile(r"[\x21-\x7e]+")


class BadWebhookError(ValueError):
    """An address that is none for a webhook; the message says why, and what would be one."""


def checked(url: str) -> str:
    """The address as it was given; raises `BadWebhookError`."""
    # Before it is taken apart: the parser drops line ends, which would come back in a header.
    if len(url) > LONGEST or not _VISIBLE.fullmatch(url):
        raise BadWebhookError(f"it is empty, longer than {LONGEST} characters, or has blanks or other letters in it")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise BadWebhookError("it is no address; give one such as https://ci.example/hook") from None
    if parts.scheme != "https" or not parts.hostname:
        raise BadWebhookError("only https is called; give an address such as https://ci.example/hook")
    if parts.username is not None or parts.password is not None or "\\" in url:
        raise BadWebhookError("it has a user or a backslash in it; leave them out, calls are signed instead")
    if port == 0 or parts.fragment:
        raise BadWebhookError("it has port 0 or a fragment; leave them out")
    return url
