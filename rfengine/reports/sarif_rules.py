"""What can be amiss, and what to do about it: the rules of a SARIF log."""

from types import MappingProxyType
from typing import NamedTuple


class Rule(NamedTuple):
    """One kind of finding."""

    title: str
    help: str
    level: str = "error"


RULES: MappingProxyType[str, Rule] = MappingProxyType(
    {
        "covered": Rule(
            "Too few objects are covered",
            "An object is covered where a head that answers for it meets every requirement: its field is large enough, "
            "its stride is small enough. Enlarge the field of the head that falls short (dilation, a larger kernel, "
            "another block), change the input's size, or add a head; `rfengine recommend` tries such changes out.",
        ),
        "head-covered": Rule(
            "A head covers too few of its objects",
            "Enlarge the head's field, or let another head answer for the objects that do not fit.",
        ),
        "bin-covered": Rule(
            "Too few objects of a size are covered",
            "Small objects fall between the units of a stride that is too large: use a finer head or a larger input. "
            "Large ones do not fit into the field: enlarge it, or use a smaller input.",
        ),
        "clipped": Rule(
            "Too many units of a head see padding",
            "A unit whose field passes the image's border sees padding instead. Use a larger input, or a head with a "
            "smaller field.",
        ),
        "field-shrank": Rule(
            "A head's field is smaller than the baseline's",
            "Restore the layers that were taken out, or take a new baseline where the change is meant.",
        ),
        "coverage-fell": Rule(
            "Fewer objects are covered than at the baseline",
            "See what changed in the heads' fields, or take a new baseline where the change is meant.",
        ),
        "head-vanished": Rule(
            "A head of the baseline is not there",
            "Name the head in the policy if it has another name now, or take a new baseline where it was dropped.",
        ),
        "refuted": Rule(
            "The real graph contradicts a field", "A fault of the engine: report it, with the model if possible."
        ),
    }
)
# What a warning's code is put behind: some are called like a failure.
WARNING = "warning/"
WARNING_RULE = Rule("What to know before trusting a figure", "The message says what it is about.", "warning")
