"""Normalisation by statistics of the tensor itself: y = (x - mean) / deviation, or x / norm.

Every element keeps its place and besides lets in all that its statistics run over, so there are two ways of reading:
where the statistics run over space the image enters whole, where they run over channels alone it does not.

https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html, .../onnx__GroupNormalization.html,
.../onnx__LayerNormalization.html, .../onnx__RMSNormalization.html, .../onnx__LpNormalization.html,
.../onnx__MeanVarianceNormalization.html
"""

from typing import TYPE_CHECKING

from rfengine.calculus.local import blocks
from rfengine.calculus.reads import AxisRead, Reads
from rfengine.errors import BadShape
from rfengine.ops.call import Call
from rfengine.ops.registry import Kernel, Nature, Operator, Relation, register
from rfengine.ops.rules import broadcast

if TYPE_CHECKING:
    from torch import Tensor
