"""A network as it is trained on pictures with classes.

To classify, its own scores [batch, classes] are taken where it has such; else its target is averaged over space. To
segment, the target is brought to the picture's size by bilinear interpolation. A target that has another number of
maps than there are classes gets a head: a 1x1 convolution, drawn by Xavier's rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rfengine.errors import BadInput, BadTarget
from rfengine.graph import Array, Graph, Shape
from rfengine.initialisers import generator_of
from rfengine.training.trainable import trained_constants

PLANE = 4  # axes of a map: batch, channels, height, width
# No layer of a spec can be named like these: no name begins with a colon.
WEIGHT, BIAS = ":head:weight", ":head:bias"


@dataclass(frozen=True)
class Pupil:
    """A network that can be trained.

    `graph` leads from the pictures to `answer`, which the scores are made from; `whole` is the network with its
    target. Both have normalisations by their stored statistics. `names` are the constants that learn.
    """

    whole: Graph
    graph: Graph
    source: str
    target: str
    answer: str
    classes: int
    dense: bool
    names: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        """Of a batch of pictures, [batch, C, H, W]."""
        return self.graph.shape(self.source)

    @property
    def has_head(self) -> bool:
        """Whether a 1x1 convolution makes the scores."""
        return self.graph.shape(self.answer)[1] != self.classes

    @property
    def parameters(self) -> int:
        """How many numbers learn."""
        return sum(values.size for values in self.initial(0).values())

    def initial(self, seed: int) -> Mapping[str, Array]:
        """The values before training, float32, by name; `seed` is the head's."""
        own = {name: self.graph.constants[name].astype(np.float32) for name in self.names}
        return MappingProxyType({**own, **self._head(seed)} if self.has_head else own)

    def _head(self, seed: int) -> dict[str, Array]:
        incoming = self.graph.shape(self.answer)[1]
        bound = np.sqrt(6 / (incoming + self.classes))
        draw = generator_of(seed, WEIGHT).uniform(-bound, bound, (self.classes, incoming, 1, 1))
        return {WEIGHT: draw.astype(np.float32), BIAS: np.zeros(self.classes, np.float32)}


def pupil_of(graph: Graph, target: str, *, classes: int, dense: bool) -> Pupil:
    """A network as it is trained.

    Args:
        graph: imported for the batch that it is trained with.
        target: the feature map whose field is measured.
        classes: of the task.
        dense: whether every pixel has one.

    Raises:
        BadInput: it has not one image input of four axes, or nothing learns.
        BadTarget: scores can be made neither from an output nor from the target.
    """
    source = image_of(graph)
    answer = _answer(graph, target, classes, dense)
    cut = graph.between_inputs_and((answer,))
    return Pupil(graph, cut, source, target, answer, classes, dense, trained_constants(cut))


def image_of(graph: Graph) -> str:
    """The only input, an image.

    Raises:
        BadInput: there are others, or it is none.
    """
    if len(graph.inputs) != 1 or len(graph.shape(graph.inputs[0])) != PLANE:
        shown = ", ".join(f"{name} {list(graph.shape(name))}" for name in graph.inputs)
        raise BadInput(f"inputs {shown}: a task trains networks with one image input of four axes")
    return graph.inputs[0]


def _answer(graph: Graph, target: str, classes: int, dense: bool) -> str:
    batch = graph.shape(graph.inputs[0])[0]
    own = [name for name in graph.outputs if graph.shape(name) == (batch, classes)]
    if own and not dense:
        # Cross-entropy takes scores; those that went through a softmax would go through it twice.
        last = graph.producers[own[0]]
        return last.inputs[0] if last.op == "Softmax" else own[0]
    shape = graph.shape(target)
    if len(shape) != PLANE or shape[0] != batch:
        raise BadTarget(
            f"target '{target}' has shape {list(shape)}: scores of {classes} classes need a map [{batch}, maps, H, W]; "
            "name another target"
        )
    return target
