"""By which names the service goes, and from which pages a browser may change something.

A web page can make a browser ask any address, this machine's own included. Two headers tell: a name that was bent to
our address (DNS rebinding) stands in `Host`, a page of somebody else's in `Origin`.
"""

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from service.access import UNSAFE
from service.problems import refusal

LOOPBACK = ("localhost", "127.0.0.1", "::1")
EVERY_NAME = "*"


@dataclass(frozen=True)
class Hosts:
    """The names that are ours. `every_address`: any address in digits is, since no name server can bend one."""

    names: frozenset[str]
    every_address: bool = False

    @classmethod
    def of(cls, named: Iterable[str], bound: str) -> Self:
        """Loopback's names, the address that is listened on, and those that the setting RFENGINE_HOSTS names."""
        names = {*LOOPBACK, *(_bare(name) for name in named)}
        address = _address(bound)
        if address is not None and address.is_unspecified:
            # Listening everywhere: each of the machine's addresses is meant, and the name it calls itself by.
            return cls(frozenset({*names, socket.gethostname().lower()}), every_address=True)
        return cls(frozenset({*names, _bare(bound)}))

    def admits(self, host: str) -> bool:
        """Whether the value of a Host header means this service."""
        name = _bare(host)
        address = _address(name)
        if address is not None and (self.every_address or address.is_loopback):
            return True
        return EVERY_NAME in self.names or name in self.names

    def refuse_others(self, headers: Headers) -> None:
        """Raise `ProblemError` where the request was meant for another name."""
        given = headers.getlist("host")
        host = given[0] if len(given) == 1 else ""  # of two, a proxy and we might each believe another
        if not self.admits(host):
            detail = (
                f"This service does not go by the name {host[:100]!r}; ask for it by the address it listens on, or "
                "have its operator add the name to RFENGINE_HOSTS"
            )
            raise refusal("misdirected", detail)


def refuse_other_pages(headers: Headers, method: str, *, by_cookie: bool) -> None:
    """Raise `ProblemError` where a page of another site makes a browser change something here.

    With a cookie the browser has to say where the page is from; programs send neither cookie nor origin.
    """
    if method not in UNSAFE:
        return
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    own = site == "same-origin" if origin is None else _same(origin, headers.get("host", ""))
    foreign = not own and (origin is not None or site not in (None, "none"))
    if foreign or (by_cookie and not own):
        detail = f"{method} is not taken from a page of another site; send the key as `Authorization: Bearer <key>`"
        raise refusal("forbidden", detail)


def _same(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False  # `null`, say: a page from a file, or in a sandbox
    # The scheme is not compared: behind a proxy that ends TLS, only the browser knows it.
    usual = ":80" if parts.scheme == "http" else ":443"
    return parts.netloc.lower().removesuffix(usual) == host.lower().removesuffix(usual)


def _bare(host: str) -> str:
    """A host without its port, in the form that names are compared in."""
    host = host.strip().lower()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    return host.removesuffix(".")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
