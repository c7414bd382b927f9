"""What a study found: its table, its fits, and what could not be measured."""

import json
from typing import Literal

from pydantic import Field

from api_schemas.base import Open
from api_schemas.engine import EngineInfo
from api_schemas.study import Study
from api_schemas.study_parts import Scalar

SCHEMA: Literal["rfengine.study/1"] = "rfengine.study/1"


class Estimate(Open):
    """One measure of one network under one series, over the seeds."""

    mean: float | None = Field(None, description="Null: no run has it.")
    standard_error: float | None = Field(
        None,
        description="Of the mean: the deviation over seeds (n - 1) over the root of n. Null for fewer than two runs.",
    )
    n: int = Field(description="Runs that have it.")
    values: tuple[float | None, ...] = Field(description="Per seed, in the row's order.")


class CurveEstimate(Open):
    """A curve of one network under one series: at every x an estimate over the seeds."""

    x: tuple[float, ...]
    y: tuple[Estimate, ...]


class StudyMaps(Open):
    """Effective fields before and after training, each the mean over the seeds of the map as share of its maximum."""

    target: str
    unit: list[int]
    centre_px: list[float]
    field: list[list[int]] = Field(description="First and last pixel of the unit's theoretical field per axis.")
    images: int = Field(description="Held-out pictures per seed.")
    before: list[list[float]] = Field(description="Over the image: rows of columns.")
    after: list[list[float]]


class StudyRow(Open):
    """One network under one series."""

    series: str
    network: str
    estimator: str
    parameters: dict[str, Scalar]
    seeds: tuple[int, ...] = Field(description="Of its runs; one where nothing is drawn.")
    measures: dict[str, Estimate]
    curves: dict[str, CurveEstimate] | None = None
    maps: StudyMaps | None = None


class StudyFit(Open):
    """A line through the means of one series."""

    series: str
    x: str
    y: str
    kind: Literal["power", "linear", "logarithmic"]
    slope: float
    intercept: float = Field(description="The a of y = a x^slope, y = a + slope x or y = a + slope ln x.")
    r2: float | None = Field(None, description="In the fit's own coordinates; null where y does not vary.")
    residual_error: float | None = Field(
        None, description="Standard error of the slope from the residuals; null for fewer than three points."
    )
    seed_error: float | None = Field(
        None,
        description="Standard error of the slope over seeds: the deviation over resampled seeds. Null without seeds.",
    )
    interval: tuple[float, float] | None = Field(None, description="95 % of the slopes over resampled seeds.")
    points: int
    published: dict[str, float] = Field({}, description="Slopes to stand beside, by their source.")


class StudyContrast(Open):
    """What one series has more than another of a measure, at one network."""

    series: str
    less: str
    network: str
    measure: str
    difference: Estimate = Field(description="Over the seeds that have it in both.")


class Refusal(Open):
    """A run that has no answer."""

    series: str
    network: str
    seed: int
    message: str


class StudyResult(Open):
    """What a study found, with the study itself."""

    schema_: Literal["rfengine.study/1"] = Field(SCHEMA, alias="schema")
    engine: EngineInfo
    study: Study
    rows: tuple[StudyRow, ...]
    fits: tuple[StudyFit, ...] = ()
    contrasts: tuple[StudyContrast, ...] | None = None
    refusals: tuple[Refusal, ...] = ()
    seconds: float = Field(description="How long it took.")

    def to_json(self) -> str:
        """As its readers get it: by alias, indented, absent parts left out, the study as it was written."""
        found = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        asked = self.study.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return json.dumps({**found, "study": asked}, indent=1)
