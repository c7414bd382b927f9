"""A network of a file as a sweep trains it: up to its one target, for grey images of any size."""

from collections.abc import Mapping
from functools import cached_property, lru_cache

from rfengine.errors import BadTarget
from rfengine.estimators.analytic import receptive_fields
from rfengine.graph import Graph, Shape
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx
from rfengine.targets import find_targets
from rfengine.training.scenes import Canvas
from rfengine.training.trainable import PLANE, one_channel, only_image, refuse_channels_last

KEPT = 3  # graphs, each for images of one shape


class OnnxFile:
    """An ONNX file, imported once for each shape of its last few."""

    def __init__(self, name: str, data: bytes, target: str | None) -> None:
        self.name, self._data, self._target = name, data, target
        self.graph = lru_cache(KEPT)(self._graph)

    def canvas(self) -> Canvas:
        """Height and width that the file declares, px."""
        graph = self._whole
        height, width = graph.shape(graph.inputs[0])[2:]
        return height, width

    @cached_property
    def _whole(self) -> Graph:
        """The network up to its target, with the file's own shapes."""
        graph = self._imported(self._target, {})
        refuse_channels_last(graph, self.name)
        return cut(graph, self.name, self._target)

    def _graph(self, shape: Shape) -> Graph:
        """The network for grey images of a shape. The target is the same for all shapes."""
        (source,), (target,) = self._whole.inputs, self._whole.outputs
        wanted = (shape[0], self._whole.shape(source)[1], *shape[2:])
        graph = cut(self._imported(target, {source: wanted}), self.name, target)
        return one_channel(graph, source)

    def _imported(self, target: str | None, shapes: Mapping[str, Shape]) -> Graph:
        targets = (target,) if target else ()
        limits = Limits.from_environment()
        return import_onnx(self._data, name=self.name, input_shape=shapes, targets=targets, limits=limits).graph


def cut(graph: Graph, name: str, target: str | None) -> Graph:
    """The part up to the only target, with batch normalisation on the statistics of the batch.

    Args:
        graph: the network.
        name: what to call it.
        target: tensor or layer; None: the only one that ends the network.

    Raises:
        BadInput: it reads more than one image.
        BadTarget: there is none or are several, or it has not four axes.
    """
    from rfengine.runtime.policies import has_norms, with_batch_statistics

    targets = find_targets(receptive_fields(graph), () if target is None else (target,))
    if len(targets) != 1:
        raise BadTarget(
            f"{name}: a sweep trains one head, but these end the network: {', '.join(targets)}; "
            "name one with targets (--target)"
        )
    part = graph.between_inputs_and(targets)
    if len(part.shape(targets[0])) != PLANE:
        raise BadTarget(f"target '{targets[0]}' has shape {list(part.shape(targets[0]))}; a head needs four axes")
    only_image(part, name)
    return with_batch_statistics(part) if has_norms(part) else part
