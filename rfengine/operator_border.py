"""The border between the engine and an operator's own functions: what may come out of them, and as what."""

from collections.abc import Iterator
from contextlib import contextmanager

from rfengine.calculus.index_map import TooManyStepsError
from rfengine.errors import LimitExceeded, OperatorFailed
from rfengine.graph import Node

# What wrong numbers do to Python code. Anything else (a missing name, a full memory) is no answer to a model.
_SYMPTOMS = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError)


@contextmanager
def operator_code(node: Node) -> Iterator[None]:
    """Run an operator's rule for a node.

    An operator refuses what it cannot do by a typed error. Only calls that ONNX's checker and inference have accepted
    get here, so an untyped one is most likely a fault of the rule, and is reported as one, with the node; it never
    passes as a fault of the model.

    Raises:
        LimitExceeded: what the rule describes takes too much work to follow.
        OperatorFailed: the rule raised an untyped error, which is the cause.
    """
    try:
        yield
    except TooManyStepsError as error:
        raise LimitExceeded(
            f"{node}: its receptive field takes too much work: {error}; name a target before this node"
        ) from error
    except _SYMPTOMS as error:
        raise OperatorFailed(
            f"{node}: the engine's rule for this operator failed with {type(error).__name__}: {str(error)[:200]}; "
            "ONNX accepts the call, so please report this model, or name a target before this node"
        ) from error
