"""The effective field of a pupil with the values of some moment: gradient, mean |g| over held-out pictures.

Every map of the target is differentiated by itself. Batch normalisations keep the statistics that they have on a batch
of what the pupil learns from, with the values of that moment.
"""

from collections.abc import Mapping
from dataclasses import replace

from api_schemas.erf import GradientOptions
from api_schemas.trained import TrainedOptions
from rfengine.estimators.analytic import receptive_fields
from rfengine.estimators.erf import ErfMap, Subject
from rfengine.estimators.gradient import gradient
from rfengine.estimators.units import unit_of
from rfengine.graph import Array
from rfengine.supervised.pupil import Pupil
from rfengine.supervised.statistics import with_statistics_of
from rfengine.tasks import Examples
from rfengine.training.growth import with_values


class Field:
    """Measures one unit of a pupil, always on the same pictures."""

    def __init__(
        self, pupil: Pupil, learning: Examples, held: Examples, options: TrainedOptions, *, device: str
    ) -> None:
        self._graph = pupil.whole.between_inputs_and((pupil.target,))
        self._fields = receptive_fields(self._graph)
        self.unit = unit_of(self._fields, pupil.target, options.units[0])
        self._batch = learning.images[: options.batch]
        self._images = held.images[: options.images].numpy()
        self._options, self._device = options, device

    def map(self, values: Mapping[str, Array]) -> ErfMap:
        """The map with these values of what learns.

        Raises:
            NotEstimable: a gradient is zero or not finite: the net has died.
        """
        options = self._options
        graph = with_values(self._graph, values)
        graph = with_statistics_of(self._batch, graph, dtype=options.dtype, device=self._device)
        subject = Subject(replace(self._fields, graph=graph), images=self._images)
        asked = GradientOptions(
            inputs="given",
            images=len(self._images),
            unit_channels="each",
            levels=options.levels,
            dtype=options.dtype,
            device=options.device,
        )
        (erf,) = gradient(subject, [self.unit], asked)
        return erf
