"""A study to its runs: pure data, in the study's order, each with a key that says when two are the same."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from api_schemas.erf import ClosedFormOptions, GradientOptions
from api_schemas.study import Study
from api_schemas.study_cells import Cell, Setting
from api_schemas.trained import TrainedOptions


@dataclass(frozen=True)
class Run:
    """One measurement: `cell` is the number of its row, `setting` all that its outcome depends on."""

    cell: int
    seed: int
    setting: Setting

    @cached_property
    def key(self) -> str:
        """The same for two runs with the same outcome: 16 hexadecimal digits."""
        return _digest([network_key(self.setting), self.setting.estimator, _plain(self.setting.options)])


def expand(study: Study) -> Iterator[Run]:
    """All runs, row by row and seed by seed. A row in which nothing is drawn has one."""
    for number, cell in enumerate(study.cells()):
        keys: set[str] = set()
        for seed in cell.seeds:
            run = Run(number, seed, _seeded(cell, seed))
            if run.key not in keys:
                keys.add(run.key)
                yield run


def network_key(setting: Setting) -> str:
    """The same for two settings with the same network, weights and target included."""
    spec = None if setting.spec is None else _plain(setting.spec)
    init = None if setting.init is None else _plain(setting.init)
    return _digest([setting.zoo, spec, init, setting.input_shape, setting.target])


def _seeded(cell: Cell, seed: int) -> Setting:
    """The setting of a seed: its images, and the weights that the policy draws or else the network's own.

    Draws go by consecutive seeds, so each seed of the study has its own block of as many.
    """
    setting = cell.at(seed)
    options = setting.options
    if isinstance(options, ClosedFormOptions) and options.monte_carlo:
        weights = options.weights.model_copy(update={"seed": seed * options.monte_carlo})
        return replace(setting, options=options.model_copy(update={"weights": weights}))
    if isinstance(options, TrainedOptions):
        return replace(_reseeded(setting, seed), options=options.model_copy(update={"seed": seed}))
    if not isinstance(options, GradientOptions):
        return setting
    first = seed * options.draws
    options, drawn = options.model_copy(update={"seed": first}), options.policy.weights
    if drawn == "model":
        return replace(_reseeded(setting, seed), options=options)
    policy = options.policy.model_copy(update={"weights": drawn.model_copy(update={"seed": first})})
    return replace(setting, options=options.model_copy(update={"policy": policy}))


def _reseeded(setting: Setting, seed: int) -> Setting:
    """The setting with the network's own initialiser at a seed."""
    if setting.init is not None:
        return replace(setting, init=setting.init.model_copy(update={"seed": seed}))
    if setting.spec is not None:
        init = setting.spec.init.model_copy(update={"seed": seed})
        return replace(setting, spec=setting.spec.model_copy(update={"init": init}))
    from api_schemas import zoo

    assert setting.zoo is not None, "a setting has a zoo name or a spec"
    init = zoo.build(setting.zoo, input_shape=setting.input_shape).init
    return replace(setting, init=init.model_copy(update={"seed": seed}))


def _plain(model: Any) -> Any:
    return model.model_dump(mode="json", by_alias=True)


def _digest(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
