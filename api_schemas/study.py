"""A study as data: networks x series x seeds, measured, to a table, fits and figures.

    title: Growth of the effective field with depth
    networks:
      - {zoo: "nopool-{depth}", grid: {depth: [5, 10, 20, 40]}}
    options: {policy: {weights: he}}
    seeds: 20
    measures: {erf: luo_size, share: {of: luo_size, per: trf}}
    series:
      - {name: ReLU}
      - {name: linear, options: {policy: {weights: he, activations: identity}}}
    fits: [{x: depth, y: erf}]
    figures: [{x: depth, y: erf, x_scale: log, y_scale: log}]

A seed is that of the images and of the weights: those of the policy's initialiser, or else the network's own. With
`draws` every seed has its own block of as many draws. What draws nothing is run once.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Self

from pydantic import Field, model_validator

from api_schemas.base import Frozen
from api_schemas.spec_fields import fault, nearest
from api_schemas.spec_text import parse_text
from api_schemas.study_cells import Cell, cells_of
from api_schemas.study_parts import (
    EVERYWHERE,
    LEARNT,
    AnyMeasure,
    Column,
    Contrast,
    Curve,
    EstimatorName,
    Figure,
    Fit,
    Network,
    Seeds,
    Series,
    Word,
)

MAX_RUNS = 100_000
MAX_LAYERS = 100_000  # of all networks together: each is checked before anything runs


class Study(Frozen):
    """One that validates has no unknown parameter, network, option, column or series."""

    title: str = Field(min_length=1, max_length=200)
    question: str = Field("", max_length=4000, description="What it is to find out, and what is known of it.")
    networks: tuple[Network, ...] = Field((), max_length=256)
    series: tuple[Series, ...] = Field((), max_length=64, description="None: one, called after the estimator.")
    estimator: EstimatorName = "gradient"
    options: dict[str, Any] = Field({}, description="Of the estimator; texts may use parameters.")
    seeds: Seeds = Field(1, description="How many, counted from 0, or a list of them.")
    measures: dict[Word, AnyMeasure] = Field(min_length=1, max_length=64)
    curves: dict[Word, Curve] = Field({}, max_length=16, description="Figures over epochs, of `trained`.")
    fits: tuple[Fit, ...] = Field((), max_length=64)
    contrasts: tuple[Contrast, ...] = Field((), max_length=64)
    figures: tuple[Figure, ...] = Field((), max_length=16)
    columns: dict[Word, Column] = Field({}, description="What parameters and measures are.")

    @model_validator(mode="after")
    def _every_run_can_be_set_up(self) -> Self:
        names = [series.name for series in self.all_series]
        double = next((name for name in names if names.count(name) > 1), None)
        if double is not None:
            raise fault(f"series: two are called '{double}'; give each a name of its own", ("series",))
        if not self.networks and any(series.networks is None for series in self.all_series):
            raise fault("networks: none; list some under networks, each with zoo or spec", ("networks",))
        self._count_runs()
        layers = 0
        for cell in self.cells():
            spec = cell.at(cell.seeds[0]).spec
            # A name of the zoo and its parameters count as one: what it stands for is not built here.
            layers += 1 if spec is None else len(spec.network().layers)
            if layers > MAX_LAYERS:
                raise fault(f"networks: more than {MAX_LAYERS:,} layers in all; use fewer values", ("networks",))
            _ = cell.name
        self._check_columns(set(names))
        return self

    @property
    def all_series(self) -> tuple[Series, ...]:
        """The series; a study without any has one."""
        return self.series or (Series(name=self.estimator),)

    def cells(self) -> Iterator[Cell]:
        """Every network under every series."""
        return cells_of(
            self.networks, self.all_series, estimator=self.estimator, options=self.options, seeds=self.seeds
        )

    def title_of(self, column: str) -> str:
        """What a column is, in words."""
        return self.columns[column].title if column in self.columns else column

    def _count_runs(self) -> None:
        runs = 0
        for series in self.all_series:
            seeds = self.seeds if series.seeds is None else series.seeds
            networks = self.networks if series.networks is None else series.networks
            runs += sum(network.size for network in networks) * (seeds if isinstance(seeds, int) else len(seeds))
        if runs > MAX_RUNS:
            raise fault(f"seeds: {runs:,} runs, more than {MAX_RUNS:,}; use fewer seeds or values", ("seeds",))

    def _check_columns(self, series: set[str]) -> None:
        """That fits and figures name columns and series, and that no measure is named like a parameter or a curve."""
        parameters = {name for cell in self.cells() for name in cell.parameters}
        for name in (parameters | self.curves.keys()) & self.measures.keys():
            kind = "parameter" if name in parameters else "curve"
            raise fault(f"measures: '{name}' is a {kind} too; rename one", ("measures", name))
        known = sorted(parameters | self.measures.keys())
        for place, fit in enumerate(self.fits):
            _check_part(fit, ("fits", place), x=known, y=known, series=series)
        for place, figure in enumerate(self.figures):
            x = [self.curves[figure.y].x] if figure.y in self.curves else known
            _check_part(figure, ("figures", place), x=x, y=[*known, *self.curves], series=series)
        columns = list(dict.fromkeys([*known, *self.curves, *(curve.x for curve in self.curves.values())]))
        for name in self.columns:
            if name not in columns:
                raise fault(f"columns: no column {name!r}; {nearest(name, columns)}", ("columns", name))
        self._check_contrasts()
        self._check_given(parameters)
        self._check_found()

    def _check_contrasts(self) -> None:
        """That they name measures, and series of the same networks."""
        known = {series.name: series.networks for series in self.all_series}
        for place, each in enumerate(self.contrasts):
            path, said = ("contrasts", place), f"contrasts[{place}]"
            for key, name in (("series", each.series), ("less", each.less)):
                if name not in known:
                    raise fault(f"{said}.{key}: no series {name!r:.60}; {nearest(name, known)}", (*path, key))
            if known[each.series] != known[each.less]:
                raise fault(
                    f"{said}: '{each.series}' and '{each.less}' have other networks; name two that share them", path
                )
            for name in each.measures:
                if name not in self.measures:
                    wrong = f"{said}.measures: no measure {name!r}; {nearest(name, self.measures)}"
                    raise fault(wrong, (*path, "measures"))

    def _check_given(self, parameters: set[str]) -> None:
        for name, measure in self.measures.items():
            for path in filter(None, (measure.of, measure.per)):
                root, _, rest = path.partition(".")
                if root == "given" and rest not in parameters:
                    raise fault(
                        f"measures.{name}: no parameter {rest!r:.60}; {nearest(rest, parameters)}", ("measures", name)
                    )

    def _check_found(self) -> None:
        """That every series' estimator finds what measures and curves ask for."""
        for series in self.all_series:
            learns = (series.estimator or self.estimator) == "trained"
            for name, measure in self.measures.items():
                for path in filter(None, (measure.of, measure.per)):
                    root = path.split(".")[0]
                    if root in EVERYWHERE or learns == (root in LEARNT):
                        continue
                    metric = "leave it out" if root == "policy" else f"write before.{path} or after.{path}"
                    hint = metric if learns else "set estimator to trained"
                    raise fault(
                        f"measures.{name}: '{path:.80}' is no figure of series '{series.name}'; {hint}",
                        ("measures", name),
                    )
            if self.curves and not learns:
                raise fault(f"curves: series '{series.name}' has none; set its estimator to trained", ("curves",))


def _check_part(
    part: Fit | Figure, place: tuple[str, int], *, x: Sequence[str], y: Sequence[str], series: Collection[str]
) -> None:
    """That a fit or a figure names what there is."""
    said = f"{place[0]}[{place[1]}]"
    for key, column, known in (("x", part.x, x), ("y", part.y, y)):
        if column not in known:
            raise fault(f"{said}.{key}: no column {column!r}; {nearest(column, known)}", (*place, key))
    for name in part.series:
        if name not in series:
            raise fault(f"{said}.series: no series {name!r:.60}; {nearest(name, series)}", (*place, "series"))


def parse_study(text: str) -> Study:
    """The study that a JSON or YAML text describes.

    Raises SpecError: each fault with its line, place, value and next step.
    """
    return parse_text(text, Study, keys="`title`, `networks` and `measures`")
