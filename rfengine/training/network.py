"""A network as it is trained: one channel in, two maps out at the image's own resolution.

The seed's nets end in two maps and are trained as they are. Any other network gets a head: a 1x1 convolution from the
target to two maps, brought to the image's size by bilinear interpolation. A first convolution made for more channels
is made for one. Batch normalisation runs on the statistics of its batch, in training and evaluation alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from types import MappingProxyType

import numpy as np

from api_schemas.initialisers import AnyInitialiser
from api_schemas.spec import LayerSpec
from rfengine.errors import BadInput, BadTarget
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.graph import Array, Graph, Shape
from rfengine.initialisers import generator_of
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from rfengine.targets import find_targets
from rfengine.training.biases import uniform_biases
from rfengine.training.trainable import one_channel, trained_constants

MAPS = 2  # one per letter
HEAD = "head"  # the prefix of the head's parameters
LOOKED_AT = 128  # side of the image on which a network's stride is found, px
PLANE = 4  # axes of an image: batch, channels, height, width

# Shape of the images, [batch, 1, H, W], and the seed of the weights, to the network up to the target.
Build = Callable[[Shape, int], Graph]


@dataclass(frozen=True)
class Trainee:
    """A network that can be trained on images of one canvas.

    `names` are the constants that learn. `initial(seed)` gives the values they start from, by name, those of the head
    included.
    """

    graph: Graph
    source: str
    target: str
    names: tuple[str, ...]
    has_head: bool
    draws_biases: bool
    build: Build

    @property
    def image_shape(self) -> Shape:
        """[batch, 1, H, W]."""
        return self.graph.shape(self.source)

    def initial(self, seed: int) -> Mapping[str, Array]:
        """The values before training: {name: array}, float32."""
        graph = self.build(self.image_shape, seed)
        names = trained_constants(graph)
        biases = uniform_biases(graph, seed) if self.draws_biases else {}
        values = {**graph.constants, **biases}
        found = {name: values[own].astype(np.float32) for name, own in zip(self.names, names, strict=True)}
        return MappingProxyType({**found, **self._head(seed)} if self.has_head else found)

    def _head(self, seed: int) -> dict[str, Array]:
        """Xavier's draw for the 1x1 convolution; its bias starts at zero."""
        incoming = self.graph.shape(self.target)[1]
        bound = np.sqrt(6 / (incoming + MAPS))
        draw = generator_of(seed, HEAD).uniform(-bound, bound, (MAPS, incoming, 1, 1))
        return {f"{HEAD}.weight": draw.astype(np.float32), f"{HEAD}.bias": np.zeros(MAPS, np.float32)}


@dataclass(frozen=True)
class Network:
    """A network of a sweep, before a canvas is chosen: `name` as in its runs, and how it is built for any images.

    `draws_biases`: its biases start from torch's uniform draw instead of from what `build` gives.
    """

    name: str
    build: Build
    draws_biases: bool = False

    def trainee(self, canvas: tuple[int, int], batch: int, *, seed: int = 0) -> Trainee:
        """The network on images of a canvas.

        Raises:
            BadInput: it does not take such images, has not one target with spatial axes, or has nothing to train.
        """
        shape = (batch, 1, *canvas)
        graph = self.build(shape, seed)
        (target,) = graph.outputs
        names = trained_constants(graph)
        out = graph.shape(target)
        has_head = out[1:] != (MAPS, *canvas)
        return Trainee(graph, graph.inputs[0], target, names, has_head, self.draws_biases, self.build)

    @cached_property
    def stride(self) -> int:
        """Px from one unit of the target to the next, the larger one of both axes, rounded up."""
        fields, target = self.fields((LOOKED_AT, LOOKED_AT))
        (axes,) = fields.spatial(target).values()
        return max(1, *(ceil(axis.map.p / axis.map.q) for axis in axes))

    def fields(self, canvas: tuple[int, int]) -> tuple[Fields, str]:
        """The theoretical fields on a canvas, and the target."""
        graph = self.build((1, 1, *canvas), 0)
        return receptive_fields(graph), graph.outputs[0]


def of_spec(
    name: str,
    spec_at: Callable[[Shape], LayerSpec],
    init: AnyInitialiser | None,
    target: str | None,
    *,
    draws_biases: bool = False,
) -> Network:
    """A network from a layer spec, which is compiled for each canvas.

    Args:
        name: what to call it.
        spec_at: the spec for images of a shape.
        init: what its weights are drawn from; None: the spec's own.
        target: tensor or layer; None: the only one that ends the network.
        draws_biases: see `Network`.
    """

    def build(shape: Shape, seed: int) -> Graph:
        limits = Limits.from_environment()
        spec = spec_at(shape)
        if len(spec.input_shapes) != 1:
            raise BadInput(f"{name}: it has {len(spec.input_shapes)} inputs; a sweep trains networks with one image")
        drawn = (init or spec.init).model_copy(update={"seed": (init or spec.init).seed + seed})
        spec = spec.model_copy(update={"init": drawn, "input": shape, "inputs": {}})
        data = bytes(compile_spec(spec, name=name, limits=limits).SerializeToString())
        return _cut(import_onnx(data, limits=limits).graph, name, target)

    return Network(name, build, draws_biases)


def of_onnx(
    name: str, data: bytes, init: AnyInitialiser | None, target: str | None, *, draws_biases: bool = False
) -> Network:
    """A network from an ONNX file; `init` None keeps the file's weights, and then a seed decides the head alone."""
    from rfengine.runtime.policies import with_weights

    def build(shape: Shape, seed: int) -> Graph:
        limits = Limits.from_environment()
        first = import_onnx(data, name=name, targets=(target,) if target else (), limits=limits).graph
        images = [each for each in first.inputs if len(first.shape(each)) == PLANE]
        if len(images) != 1:
            raise BadInput(
                f"{name}: inputs {[f'{each} {list(first.shape(each))}' for each in first.inputs]}; "
                "a sweep trains networks with one image input of four axes"
            )
        wanted = {images[0]: (shape[0], first.shape(images[0])[1], *shape[2:])}
        graph = import_onnx(
            data, name=name, input_shape=wanted, targets=(target,) if target else (), limits=limits
        ).graph
        graph = one_channel(_cut(graph, name, target), images[0])
        return graph if init is None else with_weights(graph, init, seed=init.seed + seed)

    return Network(name, build, draws_biases)


def _cut(graph: Graph, name: str, target: str | None) -> Graph:
    """The part up to the only target, with batch normalisation on the statistics of the batch."""
    from rfengine.runtime.policies import has_norms, with_batch_statistics

    targets = find_targets(receptive_fields(graph), () if target is None else (target,))
    if len(targets) != 1:
        raise BadTarget(
            f"{name}: a sweep trains one head, but these end the network: {', '.join(targets)}; "
            "name one with targets (--target)"
        )
    cut = graph.between_inputs_and(targets)
    if len(cut.shape(targets[0])) != PLANE:
        raise BadTarget(f"target '{targets[0]}' has shape {list(cut.shape(targets[0]))}; a head needs four axes")
    return with_batch_statistics(cut) if has_norms(cut) else cut
