"""The model that changes are tried on: cut behind its heads, light where weights do not matter."""

from collections.abc import Iterator, Mapping

import onnx

from api_schemas.policy import EVERY_HEAD, CoveragePolicy
from rfengine import ops
from rfengine.coverage.heads import Head
from rfengine.coverage.recommend.analysed import Analysed, by_fields
from rfengine.coverage.recommend.surgery import output_of, set_outputs
from rfengine.errors import RfengineError
from rfengine.graph import Shape
from rfengine.limits import Limits
from rfengine.onnx_import.file import read_model
from rfengine.ops.registry import Nature

Outputs = tuple[onnx.ValueInfoProto, ...]


def read(model: bytes) -> onnx.ModelProto:
    """A model file with its functions written out.

    Raises:
        BadInput: it is no valid model.
    """
    return read_model(model, Limits.from_environment())


def cut(model: onnx.ModelProto, outputs: Outputs) -> None:
    """Drop what comes behind the heads: decoding often has one input size baked in, and no fields.

    The outputs of a model without such are left as they are.
    """
    if outputs:
        set_outputs(model, outputs)


def ends(draft: onnx.ModelProto, known: Analysed, input_shape: Mapping[str, Shape], policy: CoveragePolicy) -> Outputs:
    """Where the model may be cut with its heads as they were: at their last maps, else at their tensors.

    None of the two where a cut would change them.
    """
    for tensors in _candidates(known, policy):
        outputs = tuple(output_of(t, known.graph.values[t].dtype, len(known.graph.shape(t))) for t in tensors)
        shorter = onnx.ModelProto()
        shorter.CopyFrom(draft)
        cut(shorter, outputs)
        try:
            found = by_fields(bytes(shorter.SerializeToString()), input_shape, policy)
        except RfengineError:
            continue
        if [_seen(head) for head in found.heads] == [_seen(head) for head in known.heads]:
            return outputs
    return ()


def _seen(head: Head) -> tuple[object, ...]:
    return head.name, head.units, head.stride, head.trf, head.status, head.clipped_share


def _candidates(known: Analysed, policy: CoveragePolicy) -> Iterator[tuple[str, ...]]:
    tensors = [tensor for head in known.heads for tensor in head.tensors]
    if policy.heads == EVERY_HEAD:
        yield tuple(dict.fromkeys(_last_map(known, tensor) for tensor in tensors))
    yield tuple(dict.fromkeys(tensors))


def _last_map(known: Analysed, tensor: str) -> str:
    """The map [N, C, H, W] that a tensor is a rearrangement of."""
    graph, found = known.graph, tensor
    while not known.is_map(found):
        node = graph.producers.get(found)
        if node is None:
            return tensor
        operator = ops.find(node.domain, node.op, node.version, node=node.name, opset=graph.opset)
        data = [name for name in node.inputs if name and name not in graph.constants]
        if operator.nature is not Nature.MOVES or len(data) != 1:
            return tensor
        found = data[0]
    return found
