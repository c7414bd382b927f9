"""Which addresses a worker may be sent to by a stranger: the public ones, whatever way they are written."""

import ipaddress
from collections.abc import Iterator

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")  # RFC 4291; all else is a link's, a site's, a group's or nobody's

# What older versions of the standard library take for public, and the inside of a cloud to the machines in it.
_INSIDE = tuple(ipaddress.ip_network(block) for block in ("192.0.0.0/24", "168.63.129.16/32", "3fff::/20"))


def is_public(address: Address) -> bool:
    """Whether the address is anybody's on the internet: not a site's, a link's, a group's, or of a cloud's inside."""
    return all(_is_public(each) for each in _meant(address))


def _meant(address: Address) -> Iterator[Address]:
    """Where the address leads: itself, or the IPv4 address that it stands for, and any that it is carried over."""
    if isinstance(address, ipaddress.IPv4Address):
        yield address
    elif address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    else:
        yield address
        if address.sixtofour is not None:
            yield address.sixtofour
        yield from address.teredo or ()


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    named = any(address.version == inside.version and address in inside for inside in _INSIDE)
    return address.is_global and not (address.is_private or address.is_multicast or address.is_reserved or named)
