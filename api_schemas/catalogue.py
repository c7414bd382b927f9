"""What can be asked for, as data: the service offers it without loading the engine.

A test holds this catalogue to the engine's registries.
"""

from enum import StrEnum


class Analysis(StrEnum):
    """One kind of answer about a model; the member's value is its key in requests and reports."""

    ANALYTIC = "analytic"
    CONSTANT_FORWARD = "constant_forward"
    GRADIENT = "gradient"
    CLOSED_FORM = "closed_form"
    STUDY = "study"
    SWEEP = "sweep"
    COVERAGE = "coverage"
    RECOMMEND = "recommend"


DEFAULT_ANALYSES: tuple[Analysis, ...] = (Analysis.ANALYTIC, Analysis.CONSTANT_FORWARD, Analysis.GRADIENT)

DESCRIPTIONS: dict[Analysis, str] = {
    Analysis.ANALYTIC: "Theoretical receptive field of every tensor: exact size, stride, padding, centre.",
    Analysis.CONSTANT_FORWARD: "Effective receptive field of the network with all weights one positive constant.",
    Analysis.GRADIENT: "Effective receptive field by the gradient of the target unit with respect to the image.",
    Analysis.CLOSED_FORM: "Effective receptive field at random initialisation, in the limit of infinitely many draws.",
    Analysis.STUDY: "Networks times initialisers, estimators and seeds, to a table, fits and figures; asked for alone.",
    Analysis.SWEEP: "At which distance a network stops learning to tell e from ё: many trainings; asked for alone.",
    Analysis.COVERAGE: "Whether the objects a detector must find are inside what its heads see, by a policy.",
    Analysis.RECOMMEND: "Changes to the network that would meet the policy of `coverage`, each tried out.",
}
