"""What a run of `trained` finds: the field before and after, accuracies, epochs to fixed ones, and both over epochs."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from api_schemas.report import Metrics
from api_schemas.study_cells import Setting
from api_schemas.trained import TrainedOptions
from rfengine.estimators.erf import ErfMap
from rfengine.graph import Array
from rfengine.metrics import measure
from rfengine.runtime.device import resolve
from rfengine.studies.network import Studied, network_for
from rfengine.supervised.accuracy import epochs_to
from rfengine.supervised.field import Field
from rfengine.supervised.learning import Learnt, learn
from rfengine.supervised.pupil import Pupil, image_of, pupil_of
from rfengine.tasks import examples_of


def trained(setting: Setting, options: TrainedOptions, studied: Studied) -> dict[str, Any]:
    """Train a network once, and measure its field on the way.

    Returns:
        `before` and `after`: metrics of the field; `training` and `evolution`: figures and lists over epochs; `maps`:
        the fields themselves, `before` and `after`, and the unit.

    Raises:
        BadInput: the network does not take the task's pictures, or these are not as they should be.
        NotEstimable: the loss was not finite, or the net has died.
    """
    theory = studied.subject.fields.graph
    shape = theory.shape(image_of(theory))[1:]
    examples = examples_of(options.task, shape, options.examples, seed=options.seed)
    learning, held = examples.split(options.held_out, seed=options.seed)
    graph = network_for(setting, (options.batch, *shape))
    pupil = pupil_of(graph, studied.target, classes=examples.classes, dense=examples.dense)
    device = resolve(options.device)
    field = Field(pupil, learning, held, options, device=device)
    looks = {0, *options.erf_epochs, options.epochs}
    maps: dict[int, ErfMap] = {}

    def look(epoch: int, values: Mapping[str, Array]) -> None:
        if epoch in looks:
            maps[epoch] = field.map(values)

    learnt = learn(pupil, learning, held, options, device=device, look=look)
    return _found(pupil, options, learnt, maps)


def _found(pupil: Pupil, options: TrainedOptions, learnt: Learnt, maps: Mapping[int, ErfMap]) -> dict[str, Any]:
    sizes = {epoch: _metrics(erf, options) for epoch, erf in maps.items()}
    accuracies = [each.mean for each in learnt.accuracies]
    first = {str(reach): epochs_to(accuracies, reach) for reach in options.reach}
    return {
        "before": sizes[0].model_dump(mode="json"),
        "after": sizes[options.epochs].model_dump(mode="json"),
        "training": {
            "epochs": list(range(len(accuracies))),
            "accuracies": accuracies,
            "accuracy": accuracies[-1],
            "iou": learnt.accuracies[-1].iou if pupil.dense else None,
            # Before the first epoch there is no loss.
            "losses": [None, *learnt.losses],
            "loss": learnt.losses[-1],
            "parameters": pupil.parameters,
            "epochs_to": first,
            "reached": {reach: epoch is not None for reach, epoch in first.items()},
        },
        "evolution": {
            "epochs": list(sizes),
            "luo_size": [each.luo_size for each in sizes.values()],
            "energy_side_95": [each.energy_side["95"] for each in sizes.values()],
            "radius_px": [each.radius_px.axis.get(str(options.levels[0])) for each in sizes.values()],
        },
        "maps": {
            "unit": maps[0].unit,
            "images": maps[0].inputs["images"],
            "before": _share(maps[0]),
            "after": _share(maps[options.epochs]),
        },
    }


def _metrics(erf: ErfMap, options: TrainedOptions) -> Metrics:
    return measure(erf.values, centre=erf.unit.centre, trf=erf.unit.trf, levels=options.levels)


def _share(erf: ErfMap) -> Array:
    return np.asarray(erf.values / erf.values.max())
