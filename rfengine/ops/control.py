"""If with a condition that depends on the data. https://onnx.ai/onnx/operators/onnx__If.html.

An If whose condition is constant never gets here: the import puts the branch it takes in its place.
"""

from typing import TYPE_CHECKING

from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, register
from rfengine.ops.rules import whole

if TYPE_CHECKING:
    from torch import Tensor

BRANCHES = ("then_branch", "else_branch")


def _lower(call: Call) -> Kernel:
    then, otherwise = (call.bodies[name] for name in BRANCHES)
    results = {name: call.node.bodies[name].outputs for name in BRANCHES}
    captured = call.node.inputs[1:]

    def kernel(condition: "Tensor", *tensors: "Tensor") -> "tuple[Tensor, ...]":
        taken = BRANCHES[0] if bool(condition) else BRANCHES[1]
        made = (then if taken == BRANCHES[0] else otherwise)(dict(zip(captured, tensors, strict=True)))
        return tuple(made[name] for name in results[taken])

    return kernel


register(Operator("If", (1, 11, 13, 16, 19, 21, 23, 24, 25), Nature.OTHER, whole, _lower))
