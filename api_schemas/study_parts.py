"""What a study is made of: networks with their parameters, series, measures, fits and figures."""

import itertools
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from api_schemas.base import Frozen
from api_schemas.spec_fields import fault, nearest

Scalar = bool | int | float | Annotated[str, Field(max_length=1000)]
Word = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$", max_length=64)]
Label = Annotated[str, Field(min_length=1, max_length=200)]
Seed = Annotated[int, Field(ge=0, lt=1 << 31)]
Seeds = Annotated[int, Field(ge=1, le=10_000)] | Annotated[tuple[Seed, ...], Field(min_length=1, max_length=10_000)]
EstimatorName = Literal["gradient", "constant_forward", "closed_form", "analytic", "trained"]

# What a measure's path may begin with beside the metrics of an effective field; of `trained` alone: the second.
EVERYWHERE = ("trf", "field", "given")
LEARNT = ("before", "after", "training")
ROOTS = (*EVERYWHERE, "policy", *LEARNT)

# What a curve's path may begin with.
CURVED = ("training", "evolution")


class Network(Frozen):
    """Networks to measure: one for every case and every combination of the grid's values.

    All texts may use parameters: those of the case and of the grid, those of the series, and `{seed}`.
    """

    name: str = Field("", max_length=200, description="What to call them; default: the zoo name, else `network`.")
    zoo: str | None = Field(None, max_length=64, description="A reference network, such as `nopool-{depth}`.")
    spec: dict[str, Any] | None = Field(None, description="A layer spec, instead of `zoo`.")
    grid: dict[Word, Annotated[tuple[Scalar, ...], Field(min_length=1, max_length=256)]] = Field(
        {}, max_length=8, description="Values per parameter; every combination of them is a network."
    )
    cases: tuple[dict[Word, Scalar], ...] = Field(
        ({},),
        min_length=1,
        max_length=1000,
        description="Values that belong together, also given data such as a published accuracy.",
    )
    init: Any = Field(None, description="An initialiser, instead of the network's own.")
    input_shape: Any = Field(None, description="Shape of its image input, batch and channels first.")
    target: str | None = Field(None, max_length=1024, description="Tensor or node; default: the only last feature map.")

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.zoo is None) == (self.spec is None):
            raise fault("give exactly one of zoo (a name) and spec (layers)")
        for place, case in enumerate(self.cases):
            for name in (*case, *(self.grid if place == 0 else ())):
                if name == "seed":
                    raise fault("the parameter 'seed' is the run's own; list values under seeds", ("cases", place))
                if name in case and name in self.grid:
                    raise fault(f"'{name}' has values in grid and in cases; keep one", ("cases", place, name))
        return self

    @property
    def size(self) -> int:
        """How many networks these are."""
        found = len(self.cases)
        for values in self.grid.values():
            found *= len(values)
        return found

    def parameters(self) -> Iterator[dict[str, Scalar]]:
        """The parameters of every network: case by case, the grid's last parameter running fastest."""
        for case in self.cases:
            for values in itertools.product(*self.grid.values()):
                yield {**case, **dict(zip(self.grid, values, strict=True))}


class Series(Frozen):
    """One way to measure all networks; what it leaves out is the study's."""

    name: Label
    values: dict[Word, Any] = Field({}, description="Further parameters; their texts may use the networks' own.")
    networks: tuple[Network, ...] | None = Field(None, min_length=1, max_length=256, description="Instead of all.")
    estimator: EstimatorName | None = None
    options: dict[str, Any] = Field(
        {}, description="Laid over the study's options, key by key; alone where the estimator is another."
    )
    seeds: Seeds | None = None


def _of_path(value: Any) -> Any:
    return {"of": value} if isinstance(value, str) else value


class Measure(Frozen):
    """A figure of every run: one that the estimator finds, or the ratio of two.

    A path is one into an entry's `metrics` (`luo_size`, `energy_side.95`, `radius_px.axis.0.0012`), `trf` (theoretical
    size, px, geometric mean of the axes), `field.size.0`, `policy....`, or `given.NAME` for a parameter. Of `trained`
    it is one into the metrics `before` and `after`, or `training`: `accuracy`, `iou`, `loss`, `parameters`,
    `epochs_to.0.9` and `reached.0.9`.
    """

    of: Annotated[str, Field(min_length=1, max_length=200)]
    per: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="after")
    def _begins_somewhere(self) -> Self:
        from api_schemas.report import Metrics  # a report holds results of studies, so it imports this

        for path in filter(None, (self.of, self.per)):
            root = path.split(".")[0]
            if root not in Metrics.model_fields and root not in ROOTS:
                raise fault(f"no figure {path!r:.80}; {nearest(root, [*Metrics.model_fields, *ROOTS])}")
        return self


AnyMeasure = Annotated[Measure, BeforeValidator(_of_path, json_schema_input_type=Measure | str)]


class Curve(Frozen):
    """A line that every run of `trained` has: a figure over epochs.

    Paths lead to lists of one length: `training.accuracies` over `training.epochs`, or `evolution.luo_size`
    (`energy_side_95`, `radius_px`) over `evolution.epochs`. Figures call its x by the last word of `over`.
    """

    of: Annotated[str, Field(min_length=1, max_length=200)]
    over: Annotated[str, Field(min_length=1, max_length=200)]

    @model_validator(mode="after")
    def _begins_somewhere(self) -> Self:
        for path in (self.of, self.over):
            root = path.split(".")[0]
            if root not in CURVED:
                raise fault(f"no list {path!r:.80}; {nearest(root, CURVED)}")
        return self

    @property
    def x(self) -> str:
        """What its x is called."""
        return self.over.split(".")[-1]


class Fit(Frozen):
    """A line through the means of each series: y = a x^slope, y = a + slope x, or y = a + slope ln x."""

    x: Word
    y: Word
    kind: Literal["power", "linear", "logarithmic"] = "power"
    series: tuple[Label, ...] = Field((), description="Which series; none named: all.")
    published: dict[Label, float] = Field({}, description="Slopes to stand beside, by their source.")


class Contrast(Frozen):
    """What one series has more than another, seed by seed, at every network that both have."""

    series: Label
    less: Label
    measures: tuple[Word, ...] = Field(min_length=1, max_length=64)


class Guide(Frozen):
    """A curve to compare with: y = factor * x ** exponent."""

    factor: float = Field(gt=0)
    exponent: float


class Figure(Frozen):
    """A picture of one column over another, or of a curve, with the spread over seeds as bars."""

    x: Word
    y: Word
    name: Word | None = Field(None, description="Last part of the file's name; default: y.")
    title: str | None = Field(None, max_length=200)
    x_scale: Literal["linear", "log"] = "linear"
    y_scale: Literal["linear", "log"] = "linear"
    series: tuple[Label, ...] = Field((), description="Which series; none named: all.")
    guides: dict[Label, Guide] = Field({}, max_length=8, description="Curves to compare with, by their words.")

    @property
    def stem(self) -> str:
        """Last part of the file's name."""
        return self.name or self.y


class Column(Frozen):
    """What a parameter or a measure is."""

    title: str = Field(max_length=200, description="Words for axes and table heads, with the unit.")
    source: str = Field("", max_length=1000, description="Where given data are from.")
