"""A network as it is trained: one channel in, two maps out at the image's own resolution.

The seed's nets end in two maps and are trained as they are. Any other network gets a head: a 1x1 convolution from the
target to two maps, brought to the image's size by bilinear interpolation. A first convolution made for more channels
is made for one; where something else reads the image, the grey image is repeated. Batch normalisation runs on the
statistics of its batch, in training and evaluation alike.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import ceil
from types import MappingProxyType

import numpy as np

from api_schemas.initialisers import AnyInitialiser
from api_schemas.spec import LayerSpec
from api_schemas.sweep import SweepOptions
from rfengine.datasets import Scene
from rfengine.errors import BadInput
from rfengine.estimators.analytic import Fields, receptive_fields
from rfengine.graph import Array, Graph, Shape
from rfengine.initialisers import generator_of
from rfengine.limits import Limits
from rfengine.onnx_import import import_onnx
from rfengine.spec_import import compile_spec
from rfengine.training.biases import uniform_biases
from rfengine.training.onnx_file import KEPT, OnnxFile, cut
from rfengine.training.scenes import Canvas, Canvases, Look, canvases, scene_of
from rfengine.training.trainable import PLANE, free_name, trained_constants, with_head

MAPS = 2  # one per letter
HEAD = "head"  # the prefix of the head's parameters

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

    @cached_property
    def head_names(self) -> tuple[str, str]:
        """What the head's weight and bias are called, as no constant of the graph is."""
        prefix = free_name(HEAD, self.graph)
        return f"{prefix}.weight", f"{prefix}.bias"

    @cached_property
    def whole(self) -> tuple[Graph, str]:
        """The graph with its head and the output of both, two maps; the head's values are those of seed 0."""
        if not self.has_head:
            return self.graph, self.target
        output = free_name(HEAD, self.graph)
        return with_head(self.graph, self.target, output, self._head(0)), output

    def _head(self, seed: int) -> dict[str, Array]:
        """Xavier's draw for the 1x1 convolution; its bias starts at zero."""
        incoming = self.graph.shape(self.target)[1]
        bound = np.sqrt(6 / (incoming + MAPS))
        draw = generator_of(seed, HEAD).uniform(-bound, bound, (MAPS, incoming, 1, 1))
        weight, bias = self.head_names
        return {weight: draw.astype(np.float32), bias: np.zeros(MAPS, np.float32)}


@dataclass(frozen=True)
class Network:
    """A network of a sweep, before a canvas is chosen: `name` as in its runs, and how it is built for any images.

    `draws_biases`: its biases start from torch's uniform draw instead of from what `build` gives. `own` tells the
    height and width that it was made for, px, where it says them.
    """

    name: str
    build: Build
    draws_biases: bool = False
    own: Callable[[], Canvas | None] = lambda: None

    def trainee(self, canvas: Canvas, batch: int, *, seed: int = 0) -> Trainee:
        """The network on images of a canvas.

        Raises:
            BadInput: it does not take such images, has not one target with spatial axes, or has nothing to train.
        """
        try:
            graph = self.build((batch, 1, *canvas), seed)
        except BadInput as error:
            raise self._refused(canvas, batch, error) from error
        (target,) = graph.outputs
        names = trained_constants(graph)
        out = graph.shape(target)
        has_head = out[1:] != (MAPS, *canvas)
        return Trainee(graph, graph.inputs[0], target, names, has_head, self.draws_biases, self.build)

    @property
    def stride(self) -> int:
        """Steps in which tight canvases grow, px: between units of the coarsest tensor on the way to the target."""
        return self.canvases.multiple

    @property
    def least(self) -> Canvas:
        """Height and width of the smallest tight canvas, px: the target has some units along both axes."""
        return self.canvases.least

    @cached_property
    def canvases(self) -> Canvases:
        """Which canvases it takes.

        Raises:
            BadInput: none of those that were tried.
        """
        return canvases(self.name, self._look, self.own())

    def scene(self, options: SweepOptions, distance: int) -> Scene:
        """The canvas for a mark at some distance, px; raises as `scene_of` does."""
        return scene_of(options.dataset, options.training, distance, stride=self.stride, least=self.least)

    def fields(self, canvas: Canvas) -> tuple[Fields, str]:
        """The theoretical fields on a canvas, and the target."""
        graph = self.build((1, 1, *canvas), 0)
        return receptive_fields(graph), graph.outputs[0]

    def _look(self, canvas: Canvas) -> Look:
        fields, target = self.fields(canvas)
        (source,) = fields.by_input
        units = fields.extent(target)
        if units is None:
            raise BadInput(f"'{target}' has no units on images of {canvas[0]} x {canvas[1]} px; name an earlier target")
        strides = {
            name: max(1, *(ceil(axis.map.slope) for _, axis in maps)) for name, maps in fields.maps[source].items()
        }
        return Look(canvas, target, (units[0], units[1]), strides[target], max(strides.values()))

    def _refused(self, canvas: Canvas, batch: int, error: BadInput) -> BadInput:
        """Why a canvas is refused: with one to set instead, where one is found that the network takes."""
        try:
            others = {self.canvases.fitting(max(canvas)), self.least} - {canvas}
        except BadInput:
            return error
        size = f"{canvas[0]} x {canvas[1]} px"
        for height, width in sorted(others, reverse=True):
            try:
                self.build((batch, 1, height, width), 0)
            except BadInput:
                continue
            wanted = f"set it to {height}" if height == width else "a sweep's canvas is a square"
            return BadInput(
                f"training.canvas: {self.name} takes no images of {size}, but of {height} x {width} px; {wanted} "
                f"({error})"
            )
        tried = ", ".join(f"{height} x {width}" for height, width in sorted({canvas, *others}))
        return BadInput(
            f"training.canvas: {self.name} takes no {batch} images at once of the sizes that were tried, {tried} px; "
            f"set training.batch to 1, or export it for any batch and size ({error})"
        )


def of_spec(
    name: str,
    spec_at: Callable[[Shape | None], LayerSpec],
    init: AnyInitialiser | None,
    target: str | None,
    *,
    draws_biases: bool = False,
) -> Network:
    """A network from a layer spec, which is compiled for each canvas.

    Args:
        name: what to call it.
        spec_at: the spec for images of a shape; of None: for those that it was made for.
        init: what its weights are drawn from; None: the spec's own.
        target: tensor or layer; None: the only one that ends the network.
        draws_biases: see `Network`.
    """

    @lru_cache(KEPT)
    def build(shape: Shape, seed: int) -> Graph:
        limits = Limits.from_environment()
        spec = spec_at(shape)
        if len(spec.input_shapes) != 1:
            raise BadInput(
                f"{name}: it has {len(spec.input_shapes)} inputs, {', '.join(spec.input_shapes)}; a sweep trains "
                "networks with one image"
            )
        drawn = (init or spec.init).model_copy(update={"seed": (init or spec.init).seed + seed})
        given = {"inputs": dict.fromkeys(spec.inputs, shape)} if spec.inputs else {"input": shape}
        spec = spec.model_copy(update={"init": drawn, **given})
        data = bytes(compile_spec(spec, name=name, limits=limits).SerializeToString())
        return cut(import_onnx(data, limits=limits).graph, name, target)

    def own() -> Canvas | None:
        shapes = list(spec_at(None).input_shapes.values())
        if len(shapes) != 1 or len(shapes[0]) != PLANE:
            return None
        _, _, height, width = shapes[0]
        return height, width

    return Network(name, build, draws_biases, own)


def of_onnx(
    name: str, data: bytes, init: AnyInitialiser | None, target: str | None, *, draws_biases: bool = False
) -> Network:
    """A network from an ONNX file; `init` None keeps the file's weights, and then a seed decides the head alone."""
    file = OnnxFile(name, data, target)

    @lru_cache(KEPT)
    def build(shape: Shape, seed: int) -> Graph:
        from rfengine.runtime.policies import with_weights

        graph = file.graph(shape)
        return graph if init is None else with_weights(graph, init, seed=init.seed + seed)

    return Network(name, build, draws_biases, file.canvas)
