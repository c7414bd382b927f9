"""The registry of oracle families, and what becomes of a family on this installation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec

from api_schemas.spec_fields import nearest
from rfengine.errors import BadInput, MissingExtra, RfengineError, SelfCheckFailed
from rfengine.oracles.finding import Finding

# The module by which an extra of the distribution is known to be there.
EXTRAS = {"torch": "torch", "plots": "matplotlib"}


@dataclass(frozen=True, slots=True)
class Family:
    """Figures of one kind and where they come from.

    `findings` computes them anew; `note` says how to read them. `extra` is the part of the distribution that it takes.
    """

    name: str
    title: str
    source: str
    findings: Callable[[], Iterable[Finding]]
    note: str = ""
    extra: str | None = None

    @property
    def missing(self) -> MissingExtra | None:
        """Why it cannot be computed here, if so."""
        if self.extra is None or find_spec(EXTRAS[self.extra]) is not None:
            return None
        return MissingExtra.named(self.extra, f"the family '{self.name}'")


@dataclass(frozen=True, slots=True)
class Compared:
    """A family's figures, or in one sentence why there are none."""

    family: Family
    findings: tuple[Finding, ...]
    skipped: str | None = None

    @property
    def counted(self) -> tuple[Finding, ...]:
        """The figures that must come out as published."""
        return tuple(finding for finding in self.findings if finding.compared)

    @property
    def different(self) -> tuple[Finding, ...]:
        """Those of them that did not."""
        return tuple(finding for finding in self.counted if not finding.equal)


FAMILIES: dict[str, Family] = {}


def register(family: Family) -> Family:
    """Add a family; a second one of the same name is refused."""
    if family.name in FAMILIES:
        raise ValueError(f"two oracle families are named '{family.name}'")
    if family.extra is not None and family.extra not in EXTRAS:
        raise ValueError(f"oracle family '{family.name}': extra {family.extra!r} is none of {sorted(EXTRAS)}")
    FAMILIES[family.name] = family
    return family


def named(name: str) -> Family:
    """The family of a name.

    Raises:
        BadInput: there is none; the message has the nearest names.
    """
    if name not in FAMILIES:
        raise BadInput(f"no oracle family is named {name!r:.80}; {nearest(name, FAMILIES)}")
    return FAMILIES[name]


def compare(family: Family) -> Compared:
    """Every figure of a family, computed now; none where its extra is missing.

    Raises:
        SelfCheckFailed: a network of the family was refused; the input is ours, so the fault is too.
    """
    if (missing := family.missing) is not None:
        return Compared(family, (), skipped=str(missing))
    try:
        return Compared(family, tuple(family.findings()))
    except RfengineError as error:
        raise SelfCheckFailed(f"oracle family '{family.name}': a network of it was refused: {error}") from error
