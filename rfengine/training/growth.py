"""The effective field of a run's network before and after training: gradient, mean |g| over images of its dataset."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from api_schemas.erf import DEFAULT_LEVEL, GradientOptions, UnitAt
from api_schemas.sweep import SweepOptions
from api_schemas.sweep_result import FieldSizes
from rfengine.datasets import Scene, tight_scene
from rfengine.datasets.samples import Samples
from rfengine.errors import BadInput
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import ErfMap, Subject
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import unit_of
from rfengine.graph import Array, Graph
from rfengine.metrics import measure
from rfengine.training.cells import Cell
from rfengine.training.network import Network, Trainee

IMAGES = 16
# Side of the image that fields are measured on, px: the whole theoretical field where it is smaller.
LARGEST = 129


@dataclass(frozen=True, eq=False)
class Growth:
    """Two maps of one unit on one canvas."""

    before: ErfMap
    after: ErfMap


def growth(network: Network, options: SweepOptions, cell: Cell, final: Mapping[str, Array], reach: float) -> Growth:
    """Measure the field of the unit at the letter's centre, each of the two output maps (a head's, where there is one)
    by itself, with the weights of before and after training.

    Args:
        network: the run's.
        options: of the sweep.
        cell: the run.
        final: values after training, by the names of the trainee.
        reach: radius of the theoretical field, px.

    Raises:
        NotEstimable: a gradient is zero or not finite: the net has died.
    """
    trainee, scene = _measurable(network, options, cell, reach)
    subject_of = _Measured(trainee, scene, options, cell)
    return Growth(subject_of.map(trainee.initial(cell.seed)), subject_of.map(final))


class _Measured:
    """Measures one trainee with different weights on the same images."""

    def __init__(self, trainee: Trainee, scene: Scene, options: SweepOptions, cell: Cell) -> None:
        self.trainee, self.scene = trainee, scene
        graph, self.output = trainee.whole
        self.fields = receptive_fields(graph)
        drawn = Samples(options.dataset, scene, [cell.distance], [cell.seed]).draw("evaluation", [0], IMAGES)
        self.images = drawn.images[0, 0].numpy()
        self.device = options.training.device

    def map(self, values: Mapping[str, Array]) -> ErfMap:
        """The map with these values of the trained constants; its unit is the target's."""
        fields = replace(self.fields, graph=with_values(self.fields.graph, values))
        unit = unit_of(fields, self.output, UnitAt(at=(self.scene.row + 0.5, self.scene.column + 0.5)))
        asked = GradientOptions(inputs="given", images=IMAGES, unit_channels="each", crop="never", device=self.device)
        (erf,) = gradient(Subject(fields, images=self.images), [unit], asked)
        return replace(erf, unit=replace(erf.unit, target=self.trainee.target))


def with_values(graph: Graph, values: Mapping[str, Array]) -> Graph:
    """The graph with other values of some of its constants; what is none of its own is left out."""
    own = {name: np.asarray(values[name]) for name in values if name in graph.constants}
    return replace(graph, constants=MappingProxyType({**graph.constants, **own}))


def sizes_of(erf: ErfMap) -> FieldSizes:
    """The main figures of a map."""
    metrics = measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=(DEFAULT_LEVEL,))
    return FieldSizes(
        luo_size=metrics.luo_size,
        radius_px=metrics.radius_px.axis.get(str(DEFAULT_LEVEL)),
        energy_side_95=metrics.energy_side.get("95"),
    )


def _measurable(network: Network, options: SweepOptions, cell: Cell, reach: float) -> tuple[Trainee, Scene]:
    """The network on a square around the letter that holds its field; where it takes none, on the run's own canvas."""
    radius = max(cell.distance + 6, min(int(reach) + 1, LARGEST // 2))
    scene = tight_scene([(radius,) * 4], multiple=network.stride, least=network.least, margin=0)
    try:
        return network.trainee(scene.shape, 1, seed=cell.seed), scene
    except BadInput:
        own = network.scene(options, cell.distance)
        return network.trainee(own.shape, 1, seed=cell.seed), own
