"""Dilation of convolutions near the heads that fall short: a larger window with the same weights."""

from collections.abc import Iterator

from rfengine.coverage.recommend.kernels import dilated
from rfengine.coverage.recommend.sites import Site, sites, together
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.trial import Family, Trial, proposes

TIMES = (2, 3, 4)


@proposes("dilation")
def dilation(subject: Subject) -> Iterator[Family]:
    """Two, three or four times the dilation of one site; then twice that of more and more sites."""
    found = sites(subject)
    families = [[(site, times) for times in TIMES] for site in found]
    families += [[(site, times) for site in together(found)] for times in TIMES[:2]]
    for family in families:
        trials = tuple(_trial(site, times) for site, times in family if site.lands(site.kernel, _after(site, times)))
        if trials:
            yield Family(trials)


def _after(site: Site, times: int) -> tuple[int, ...]:
    """The new dilations; an axis without a kernel has nothing to spread."""
    return tuple(d * times if k > 1 else d for d, k in zip(site.dilations, site.kernel, strict=True))


def _trial(site: Site, times: int) -> Trial:
    after = _after(site, times)
    shown = max(after)
    spread = max((k - 1) * (a - b) for k, a, b in zip(site.kernel, after, site.dilations, strict=True))
    return Trial(
        title=f"dilation {shown} on {site.said}",
        how=f"Give {site.said} dilation {shown} and {spread} px more padding in all ({spread // 2} on each side); "
        "weights keep their shapes and can be taken over, but train again.",
        change={"dilation": [list(site.dilations), list(after)], "layers": list(site.names)},
        layer=site.names[0],
        edit=dilated(site, after),
    )
