"""A head once more, on another feature map: its nodes copied with their weights."""

from collections.abc import Sequence
from dataclasses import dataclass

import onnx

from rfengine.coverage.recommend.paths import downstream, upstream
from rfengine.coverage.recommend.surgery import ADDED, copy_constant, output_of, set_outputs, splice
from rfengine.graph import Graph
from rfengine.onnx_import.nodes import renamed


@dataclass(frozen=True)
class Clone:
    """What is copied: the values between a map and the tensors of a head, and the constants that only they read."""

    source: str
    tensors: tuple[str, ...]
    made: tuple[str, ...]
    constants: tuple[str, ...]


def clone_of(graph: Graph, source: str, tensors: Sequence[str]) -> Clone:
    """A head's nodes between the map that all of it is made from and its tensors.

    Weights that other heads read too, where heads share theirs, are shared by the new head as well.
    """
    between = downstream(graph, [source]) & upstream(graph, tensors) - {source}
    nodes = [node for node in graph.nodes if not between.isdisjoint(node.outputs)]
    others = {name for node in graph.nodes if between.isdisjoint(node.outputs) for name in node.inputs}
    read = dict.fromkeys(name for node in nodes for name in node.inputs if name in graph.constants)
    return Clone(
        source,
        tuple(tensors),
        tuple(name for node in nodes for name in node.outputs if name),
        tuple(name for name in read if name not in others),
    )


def add_clone(model: onnx.ModelProto, clone: Clone, onto: str, graph: Graph) -> None:
    """Copy the head onto the map `onto`; its tensors are further outputs.

    They are called `added/0` and so on: patterns of a policy that match the head's must not match them.
    """
    names = {name: f"{ADDED}{place}" for place, name in enumerate(clone.made)} | {clone.source: onto}
    names |= {name: copy_constant(model, name, f"{ADDED}{name}") for name in clone.constants}
    made = set(clone.made)
    copies = [renamed(node, names) for node in model.graph.node if not made.isdisjoint(node.output)]
    for copy in copies:
        copy.name = next(name for name in copy.output if name)
    splice(model, copies, after=[onto, *clone.made])
    more = [output_of(names[t], graph.values[t].dtype, len(graph.shape(t))) for t in clone.tensors]
    set_outputs(model, [*model.graph.output, *more])
