"""Every error the engine raises on purpose.

    RfengineError
    ├── BadInput                 what was given cannot be analysed; the message says what to change
    │   ├── BadModel             the bytes are not a valid ONNX model
    │   │   └── ExternalData     a tensor's values lie outside the file
    │   ├── NotExportable        a torch module that torch cannot export to ONNX
    │   ├── UnsupportedOperator  an operator, or a form of it, that is not registered
    │   ├── BadSpec              a layer spec that does not describe a network
    │   ├── BadShape             an input shape that does not fit the model
    │   ├── BadTarget            a target that does not exist or has no spatial axes
    │   ├── NoSpatialInput       the model takes no image
    │   └── LimitExceeded        a cap on size, count or depth was passed
    ├── NotEstimable             the estimator has no answer for this model; the message names the policy that has one
    ├── MissingExtra             an optional part is not installed
    ├── OperatorFailed           an operator's rule failed on a call that ONNX accepts: a fault of the engine
    └── SelfCheckFailed          a result contradicts another: a fault of the engine, never of the input

One table, `KINDS`, maps each class to its HTTP problem and exit code.
"""

from typing import NamedTuple

from api_schemas.problem import Problem


class RfengineError(Exception):
    """Base of all; the message says place, value and next step."""


class BadInput(RfengineError):
    """What was given cannot be analysed."""


class BadModel(BadInput):
    """The bytes are not a valid ONNX model."""


class ExternalData(BadModel):
    """A tensor's values lie outside the file."""


class NotExportable(BadInput):
    """A torch module that torch cannot export to ONNX."""


class UnsupportedOperator(BadInput):
    """An operator, or a form of one, that the engine does not know."""


class BadSpec(BadInput):
    """A layer spec that does not describe a network; `path` says where in it the layer stands that does not fit."""

    def __init__(self, message: str, *, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class BadShape(BadInput):
    """An input shape that does not fit the model."""


class BadTarget(BadInput):
    """A target that does not exist or has no spatial axes."""


class NoSpatialInput(BadInput):
    """The model takes no image."""


class LimitExceeded(BadInput):
    """A cap on size, count or depth was passed."""


class NotEstimable(RfengineError):
    """The estimator has no answer for this model."""


class MissingExtra(RfengineError):
    """An optional part of the distribution is not installed."""

    @classmethod
    def named(cls, extra: str, purpose: str) -> "MissingExtra":
        """The error for one extra of the distribution and what it is needed for."""
        return cls(f"{purpose} needs the extra '{extra}'; install it with: pip install 'rfengine[{extra}]'")


class OperatorFailed(RfengineError):
    """An operator's rule failed on a call that ONNX's checker and shape inference accept."""


class SelfCheckFailed(RfengineError):
    """A result contradicts another result of the same run."""


class Kind(NamedTuple):
    """How one class of error looks to the outside."""

    slug: str
    title: str
    status: int
    exit_code: int


KINDS: dict[type[RfengineError], Kind] = {
    RfengineError: Kind("error", "The analysis failed", 500, 3),
    BadInput: Kind("bad-input", "The input cannot be analysed", 422, 2),
    BadModel: Kind("bad-model", "Not a valid ONNX model", 422, 2),
    ExternalData: Kind("external-data", "The model keeps values outside its file", 422, 2),
    NotExportable: Kind("not-exportable", "torch cannot export the module", 422, 2),
    UnsupportedOperator: Kind("unsupported-operator", "The model uses an unsupported operator", 422, 2),
    BadSpec: Kind("bad-spec", "The layer spec does not describe a network", 422, 2),
    BadShape: Kind("bad-shape", "The input shape does not fit the model", 422, 2),
    BadTarget: Kind("bad-target", "The target cannot be analysed", 422, 2),
    NoSpatialInput: Kind("no-spatial-input", "The model takes no image", 422, 2),
    LimitExceeded: Kind("limit-exceeded", "The model passes a limit", 413, 2),
    NotEstimable: Kind("not-estimable", "The estimator has no answer for this model", 422, 2),
    MissingExtra: Kind("missing-extra", "A part of the engine is not installed", 501, 3),
    OperatorFailed: Kind("operator-failed", "An operator of the engine failed", 500, 3),
    SelfCheckFailed: Kind("self-check-failed", "The engine found its own results contradictory", 500, 3),
}


def problem_of(error: RfengineError) -> Problem:
    """The problem object of an error, for a job's `error` or an HTTP answer."""
    kind = KINDS[type(error)]
    return Problem(type=f"urn:rfengine:{kind.slug}", title=kind.title, status=kind.status, detail=str(error))


def exit_code_of(error: RfengineError) -> int:
    """The exit code of the command line: 2 for bad input, 3 for everything that is not the caller's fault."""
    return KINDS[type(error)].exit_code
