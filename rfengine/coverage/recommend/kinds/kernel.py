"""Wider kernels near the heads that fall short."""

from collections.abc import Iterator

from rfengine.coverage.recommend.constants import PLAIN, initializer_of, maker_of
from rfengine.coverage.recommend.kernels import widened
from rfengine.coverage.recommend.sites import Site, sites, together
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.trial import Family, Trial, proposes

MORE = (2, 4)


@proposes("kernel")
def kernel(subject: Subject) -> Iterator[Family]:
    """Two or four taps more at one site (3 to 5, 5 to 7); then two more at more and more sites."""
    found = [site for site in sites(subject) if _has_values(subject, site)]
    draws = subject.policy.estimator is not None
    families = [[(site, more) for more in MORE] for site in found]
    families.append([(site, MORE[0]) for site in together(found)])
    for family in families:
        landing = [(site, more) for site, more in family if site.lands(_after(site, more), site.dilations)]
        if landing:
            yield Family(tuple(_trial(site, more, draws=draws) for site, more in landing))


def _after(site: Site, more: int) -> tuple[int, ...]:
    return tuple(k + more if k > 1 else k for k in site.kernel)


def _has_values(subject: Subject, site: Site) -> bool:
    """Whether the weights stand in the file, not computed from others."""
    for weight in site.weights:
        maker = maker_of(subject.model, weight.name)
        if initializer_of(subject.model, weight.name) is None and (maker is None or maker.op_type not in PLAIN):
            return False
    return True


def _trial(site: Site, more: int, *, draws: bool) -> Trial:
    after = _after(site, more)
    said = " x ".join(map(str, after))
    pad = more * max(site.dilations) // 2
    return Trial(
        title=f"kernel {said} on {site.said}",
        how=f"Give {site.said} a kernel of {said} and {pad} px more padding on each side; put the old kernel in the "
        "middle of the new one, zeros around it, and train on.",
        change={"kernel": [list(site.kernel), list(after)], "layers": list(site.names)},
        layer=site.names[0],
        edit=widened(site, after, draws=draws),
        inserts_weights=True,
    )
