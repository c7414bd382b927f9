"""What a client would like best of what there is, by its `Accept` header (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

ANYTHING = "*/*"

_Offer = TypeVar("_Offer")
_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_RANGE = re.compile(rf"\s*({_TOKEN})/({_TOKEN})\s*((?:;[^;]*)*)")
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


class _Wish(NamedTuple):
    """How much a client wants a media type: compared by quality, then by how exactly it was named."""

    quality: float
    exactness: int


_UNWANTED = _Wish(0.0, 0)
_NAMED = 2  # the exactness of a type by its whole name


def best(accept: str, offers: Mapping[_Offer, Sequence[str]]) -> _Offer | None:
    """The offer that a client wants most, the first of equals; None where it wants none of them.

    `offers` has the media types that each offer goes by: its own, which ranges such as text/* mean as well, and others,
    which must be named. Of the header's parameters only `q` counts; what in it is no media range is passed over.
    """
    ranges = dict[str, float]()
    for name, quality in _ranges(accept):
        ranges[name] = max(quality, ranges.get(name, 0.0))
    wishes = {offer: _wish(names, ranges) for offer, names in offers.items()}
    wanted = max(wishes, key=lambda offer: wishes[offer], default=None)
    return wanted if wanted is not None and wishes[wanted].quality > 0 else None


def _wish(names: Sequence[str], ranges: Mapping[str, float]) -> _Wish:
    own, *others = names
    # The most exact range decides, also where it refuses what a wider one takes.
    matching = (ANYTHING, f"{own.partition('/')[0]}/*", own)
    known = [_Wish(ranges[each], exactness) for exactness, each in enumerate(matching) if each in ranges]
    named = [_Wish(ranges[each], _NAMED) for each in others if each in ranges]
    return max(known[-1:] + named, default=_UNWANTED)


def _ranges(accept: str) -> Iterator[tuple[str, float]]:
    for element in accept.split(","):
        found = _RANGE.fullmatch(element)
        if found is None:
            continue
        kind, subtype, parameters = found.groups()
        quality = _quality(parameters)
        if quality is not None and (kind != "*" or subtype == "*"):
            yield f"{kind}/{subtype}".lower(), quality


def _quality(parameters: str) -> float | None:
    """The value of `q`, 1 without one; None where it is no quality."""
    for parameter in parameters.split(";"):
        name, _, value = (part.strip() for part in parameter.partition("="))
        if name.lower() == "q":
            return float(value) if _QUALITY.fullmatch(value) else None
    return 1.0
