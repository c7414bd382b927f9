"""The cells of a study's table: every network under every series, with all parameters filled in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from api_schemas.base import Frozen
from api_schemas.erf import ClosedFormOptions, ConstantForwardOptions, GradientOptions, UnitChoice
from api_schemas.initialisers import AnyInitialiser, Initialiser
from api_schemas.spec import LayerSpec
from api_schemas.spec_fields import InputShape, fault
from api_schemas.study_parts import EstimatorName, Network, Scalar, Seeds, Series
from api_schemas.study_template import Path, filled, shown
from api_schemas.trained import TrainedOptions

_T = TypeVar("_T")
_SCALARS = (bool, int, float, str)


class TheoryOptions(Frozen):
    """Options of `analytic` in a study."""

    units: tuple[UnitChoice, ...] = ("centre",)


Options = GradientOptions | ConstantForwardOptions | ClosedFormOptions | TheoryOptions | TrainedOptions

_OPTIONS: Mapping[str, TypeAdapter[Options]] = MappingProxyType(
    {
        "gradient": TypeAdapter(GradientOptions),
        "constant_forward": TypeAdapter(ConstantForwardOptions),
        "closed_form": TypeAdapter(ClosedFormOptions),
        "analytic": TypeAdapter(TheoryOptions),
        "trained": TypeAdapter(TrainedOptions),
    }
)
_INIT: TypeAdapter[AnyInitialiser] = TypeAdapter(Initialiser)
_SHAPE: TypeAdapter[tuple[int, ...]] = TypeAdapter(InputShape)
_SPEC = TypeAdapter(LayerSpec)


@dataclass(frozen=True)
class Setting:
    """One network, measured in one way: all that the outcome of a run depends on."""

    zoo: str | None
    spec: LayerSpec | None
    init: AnyInitialiser | None
    input_shape: tuple[int, ...] | None
    target: str | None
    estimator: EstimatorName
    options: Options


@dataclass(frozen=True)
class Cell:
    """One network under one series. `parameters` are the columns that the network brings to the table.

    `place` and `options_place` say where in the study's text the network and the series stand.
    """

    series: str
    network: Network
    parameters: Mapping[str, Scalar]
    values: Mapping[str, Any]
    estimator: EstimatorName
    options: Mapping[str, Any]
    seeds: tuple[int, ...]
    place: Path
    options_place: Path

    @property
    def name(self) -> str:
        """What to call the network."""
        template = self.network.name or self.network.zoo or "network"
        return str(filled(template, {**self.values, "seed": "seed"}, (*self.place, "name")))

    def at(self, seed: int) -> Setting:
        """The setting of one run. Raises a validation error that names the place in the study's text."""
        values, network = {**self.values, "seed": seed}, self.network

        def part(name: str, kind: TypeAdapter[_T]) -> _T | None:
            path = (*self.place, name)
            given = filled(getattr(network, name), values, path)
            return None if given is None else validated(kind, given, path)

        name = filled(network.zoo, values, (*self.place, "zoo"))
        if name is not None:
            _check_zoo(name, (*self.place, "zoo"))
        options = filled(self.options, values, self.options_place)
        return Setting(
            zoo=name,
            spec=part("spec", _SPEC),
            init=part("init", _INIT),
            input_shape=part("input_shape", _SHAPE),
            target=filled(network.target, values, (*self.place, "target")),
            estimator=self.estimator,
            options=_single(validated(_OPTIONS[self.estimator], options, self.options_place), self.options_place),
        )


def cells_of(
    networks: Sequence[Network],
    series: Sequence[Series],
    *,
    estimator: EstimatorName,
    options: Mapping[str, Any],
    seeds: Seeds,
) -> Iterator[Cell]:
    """Every cell, series by series, network by network, in the order in which they are written."""
    for number, each in enumerate(series):
        own = each.networks is not None
        for place, network in enumerate(networks if each.networks is None else each.networks):
            path: Path = ("series", number, "networks", place) if own else ("networks", place)
            for parameters in network.parameters():
                further = filled(each.values, parameters, ("series", number, "values"))
                same = each.estimator in (None, estimator)
                yield Cell(
                    series=each.name,
                    network=network,
                    parameters={**parameters, **{k: v for k, v in further.items() if isinstance(v, _SCALARS)}},
                    values={**parameters, **further},
                    estimator=each.estimator or estimator,
                    options=_laid_over(options, each.options) if same else each.options,
                    seeds=_listed(seeds if each.seeds is None else each.seeds),
                    place=path,
                    options_place=("series", number, "options") if each.options or not same else ("options",),
                )


def validated(kind: TypeAdapter[_T], value: Any, path: Path) -> _T:
    """A filled-in part of a study as what it must be.

    Raises a validation error with the first fault, its place and the value there.
    """
    try:
        return kind.validate_python(value)
    except ValidationError as error:
        # Of a union, the member that was meant says more than the first one that was not.
        first = max(error.errors(include_url=False), key=lambda found: found["type"] in ("spec", "union_tag_invalid"))
        ours = first["type"] == "spec"
        below = (*path, *_given(value, first["loc"]))
        given = "" if ours or first["type"] == "missing" else f", got {first['input']!r:.60}"
        path = (*below, *first["ctx"]["path"]) if ours else below
        raise fault(f"{shown(below)}: {first['msg']}{given}", path) from None


def _given(value: Any, loc: Path) -> Iterator[str | int]:
    """The parts of an error's place that lead through what was given; a union's members are no part of it."""
    for part in loc:
        known = dict(enumerate(value)) if isinstance(value, list | tuple) else value
        if isinstance(known, Mapping) and part in known:
            value = known[part]
            yield part


def _check_zoo(name: str, path: Path) -> None:
    from api_schemas import zoo  # the networks are looked up only where one is asked for

    try:
        zoo.check(name)
    except zoo.ZooError as error:
        raise fault(f"{shown(path)}: {error}", path) from None


def _single(options: Options, path: Path) -> Options:
    if len(options.units) != 1:
        raise fault(f"{shown(path)}.units: a study measures one unit a run; vary it as a parameter", (*path, "units"))
    if isinstance(options, GradientOptions) and options.inputs == "given":
        raise fault(f"{shown(path)}.inputs: no images come with a study; use noise or texture", (*path, "inputs"))
    return options


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings merged key by key. One with a `name` (an initialiser) is taken whole."""
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, Mapping) and isinstance(value, Mapping) and "name" not in value:
            merged[key] = _laid_over(old, value)
        else:
            merged[key] = value
    return merged


def _listed(seeds: Seeds) -> tuple[int, ...]:
    return tuple(range(seeds)) if isinstance(seeds, int) else tuple(dict.fromkeys(seeds))
