"""One head more: beyond the coarsest where objects are too large, before the finest where they are too small."""

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import helper, numpy_helper

from api_schemas.policy import CoveragePolicy
from rfengine.coverage.heads import Head, level_name
from rfengine.coverage.recommend.clones import add_clone, clone_of
from rfengine.coverage.recommend.constants import AddWeight
from rfengine.coverage.recommend.inserts import NO_MAP
from rfengine.coverage.recommend.paths import upstream
from rfengine.coverage.recommend.policies import with_head
from rfengine.coverage.recommend.subject import Subject
from rfengine.coverage.recommend.surgery import ADDED, Edit, Layers, splice
from rfengine.coverage.recommend.trial import Family, Trial, proposes

# The first opset whose Resize has the inputs that are written here.
RESIZE = 11
PATTERN = f"{ADDED}*"
WHY = f"add_head: {NO_MAP}"


@proposes("add_head")
def add_head(subject: Subject) -> Iterator[Family]:
    """A coarser head where fields are too small, a finer one where strides are too large."""
    if subject.short or "no_head" in subject.binds:
        yield _family(_coarser(subject))
    if subject.binds & {"stride", "no_head"}:
        yield _family(_finer(subject))


def _family(trial: Trial | None) -> Family:
    return Family((trial,) if trial else (), why=WHY)


def _coarser(subject: Subject) -> Trial | None:
    head = subject.analysed.heads[-1]
    source = subject.map_before(head)
    if source is None or min(subject.analysed.graph.shape(source)[2:]) < 2:
        return None
    name = level_name((2 * max(head.stride),))
    policy = with_head(subject, name, PATTERN, coarser=True)
    return Trial(
        title=f"head {name} of stride {2 * max(head.stride):g}, on '{source}' through a 3 x 3 convolution of stride 2",
        how=f"Halve '{source}' with a 3 x 3 convolution of stride 2, and put a head like {head.name} on it, which may "
        "start from that one's weights; give it the largest objects, and train.",
        change=_change(subject, name, policy, coarser=True),
        layer=source,
        edit=_down(subject, head, source),
        policy=policy,
        inserts_weights=True,
        keeps="nothing",
    )


def _down(subject: Subject, head: Head, source: str) -> Edit:
    graph = subject.analysed.graph
    clone, channels = clone_of(graph, source, head.tensors), graph.shape(source)[1]

    def edit(model: onnx.ModelProto, add: AddWeight) -> None:
        layers = Layers(model, add, graph.values[source].dtype)
        onto = f"{ADDED}down"
        nodes = layers.convolution(onto, source, (channels, channels, 3, 3), stride=2, relu=True)
        splice(model, nodes, after=[source])
        add_clone(model, clone, onto, graph)

    return edit


def _finer(subject: Subject) -> Trial | None:
    head = subject.analysed.heads[0]
    source = subject.map_before(head)
    beside = None if source is None else _stage_before(subject, source)
    if source is None or beside is None or subject.analysed.graph.opset < RESIZE:
        return None
    name = level_name((max(head.stride) / 2,))
    policy = with_head(subject, name, PATTERN, coarser=False)
    return Trial(
        title=f"head {name} of stride {max(head.stride) / 2:g}, on '{beside}' joined with '{source}'",
        how=f"Bring '{beside}' to the channels of '{source}' with a 1x1 convolution, add '{source}' at twice its size, "
        f"smooth with a 3 x 3 convolution, and put a head like {head.name} on it (a further step of the feature "
        "pyramid); give it the smallest objects, and train.",
        change=_change(subject, name, policy, coarser=False),
        layer=beside,
        edit=_up(subject, head, source, beside),
        policy=policy,
        inserts_weights=True,
        keeps="nothing",
    )


def _stage_before(subject: Subject, source: str) -> str | None:
    """The last map of half the stride, and so twice the size, that a map is made from through a step of stride 2."""
    analysed, graph = subject.analysed, subject.analysed.graph
    stride, leading = analysed.stride(source), upstream(graph, [source])
    height, width = graph.shape(source)[2:]
    assert stride is not None
    found = None
    for node in graph.nodes:
        before = node.inputs[0] if node.op in ("Conv", "MaxPool", "AveragePool") else ""
        if before not in graph.producers or leading.isdisjoint(node.outputs) or not analysed.is_map(before):
            continue
        steps = analysed.stride(before) == stride / 2 and analysed.stride(node.outputs[0]) == stride
        if steps and graph.shape(before)[2:] == (2 * height, 2 * width):
            found = before
    return found


def _up(subject: Subject, head: Head, source: str, beside: str) -> Edit:
    graph = subject.analysed.graph
    clone, dtype = clone_of(graph, source, head.tensors), graph.values[source].dtype
    wide, narrow = graph.shape(source)[1], graph.shape(beside)[1]

    def edit(model: onnx.ModelProto, add: AddWeight) -> None:
        layers = Layers(model, add, dtype)
        side, up, both, onto = (f"{ADDED}{part}" for part in ("lateral", "up", "sum", "smooth"))
        model.graph.initializer.append(numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), f"{up}:scales"))
        model.graph.initializer.append(numpy_helper.from_array(np.zeros(0, np.float32), f"{up}:roi"))
        resize = helper.make_node(
            "Resize",
            [source, f"{up}:roi", f"{up}:scales"],
            [up],
            name=up,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        nodes = [
            *layers.convolution(side, beside, (wide, narrow, 1, 1)),
            resize,
            helper.make_node("Add", [side, up], [both], name=both),
            *layers.convolution(onto, both, (wide, wide, 3, 3), relu=True),
        ]
        splice(model, nodes, after=[source, beside])
        add_clone(model, clone, onto, graph)

    return edit


def _change(subject: Subject, name: str, policy: CoveragePolicy, *, coarser: bool) -> dict[str, object]:
    """Names of the heads before and after, and the assignment under which it was judged where that is another."""
    before = [head.name for head in subject.analysed.heads]
    change: dict[str, object] = {"heads": [before, [*before, name] if coarser else [name, *before]]}
    if policy.assign != subject.policy.assign:
        change["assign"] = [rule.assign.model_dump(mode="json") for rule in (subject.policy, policy)]
    return change
