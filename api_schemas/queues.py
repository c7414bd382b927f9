"""Which workers a question goes to: those with a GPU, or the others. Both ends of the wire need to know."""

from collections.abc import Iterator
from enum import StrEnum

from api_schemas.catalogue import Analysis
from api_schemas.request import AnalyzeRequest


class Queue(StrEnum):
    """A queue, and the class of device that its workers answer with."""

    CPU = "cpu"
    GPU = "gpu"


def queue_of(request: AnalyzeRequest, *, gpu: bool) -> Queue:
    """The queue of a question; `gpu` says whether the deployment has workers with a GPU.

    Where it has, whatever may run on a GPU (`device` is `auto` or `cuda`) goes there. Where it has not, all goes to the
    one queue there is, whose workers use what they find.
    """
    return Queue.GPU if gpu and any(device != "cpu" for device in _devices(request)) else Queue.CPU


def _devices(request: AnalyzeRequest) -> Iterator[str]:
    """What the asked analyses say of their device; those that know none are for any."""
    effective = {
        Analysis.CONSTANT_FORWARD: request.constant_forward,
        Analysis.GRADIENT: request.gradient,
        Analysis.CLOSED_FORM: request.closed_form,
    }
    estimator = None if request.coverage is None else request.coverage.estimator
    for analysis in request.analyses:
        if analysis in effective:
            yield effective[analysis].device
        elif analysis in (Analysis.COVERAGE, Analysis.RECOMMEND) and estimator is not None:
            yield effective[Analysis(estimator)].device
        elif analysis is Analysis.SWEEP and request.sweep is not None:
            yield request.sweep.training.device
        elif analysis is Analysis.STUDY:
            yield "auto"
