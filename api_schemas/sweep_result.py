"""What a trainability sweep found: every training, and the boundary per network."""

from typing import Literal

from pydantic import Field

from api_schemas.base import Open
from api_schemas.sweep import SweepOptions


class RunSpec(Open):
    """One training as pure data: with the sweep's options and its network it is all that decides the outcome."""

    network: str = Field(description="Which of the sweep's networks: `nopool-res-8x16`, or the model's name.")
    distance_px: int
    seed: int

    @property
    def label(self) -> str:
        """What a progress line calls it."""
        return f"{self.network}, {self.distance_px} px, seed {self.seed}"


class RunResult(RunSpec):
    """How one training went."""

    key: str = Field(description="Hash of everything that decides the outcome.")
    accuracy: float | None = Field(None, description="Share of right answers on fresh images; null where it failed.")
    steps: int = Field(description="Steps trained.")
    status: Literal["ended", "solved", "failed"] = Field(
        description="`ended`: all steps; `solved`: stopped early, right twice in a row; `failed`: see `cause`."
    )
    cause: str | None = Field(None, description="Why it failed, and at which step.")
    loss: float | None = Field(None, description="Mean squared error at its end.")
    canvas: list[int] = Field(description="Image it was trained on, px, h before w.")
    seconds: float = Field(description="Its share of the launch's time.")
    accuracies: list[tuple[int, float]] = Field(default_factory=list, description="Step and accuracy at every look.")

    @property
    def step_pixels(self) -> int:
        """Its cost: steps times the pixels of one image."""
        return self.steps * self.canvas[0] * self.canvas[1]


class FieldSizes(Open):
    """Main figures of an effective field (gradient, mean |g| over images of the dataset)."""

    luo_size: float = Field(description="Square root of the pixels above 4.55 % of the centre, px.")
    radius_px: float | None = Field(None, description="Largest axis distance at or above the level 0.0012, px.")
    energy_side_95: int | None = Field(
        None, description="Side of the smallest centred square with 95 % of the map, px."
    )
    artifact: str | None = Field(None, description="Its picture.")


class GrownMaps(Open):
    """The two maps themselves, each as shares of its maximum, over the image: rows of columns."""

    target: str
    unit: list[int]
    centre_px: list[float]
    field: list[list[int]] = Field(description="First and last pixel of the unit's theoretical field per axis.")
    before: list[list[float]]
    after: list[list[float]]


class Grown(Open):
    """The effective field of one run's network before and after training."""

    network: str
    distance_px: int
    seed: int
    accuracy: float | None = None
    before: FieldSizes
    after: FieldSizes
    maps: GrownMaps | None = Field(None, description="Kept of one run per network.")


class Radii(Open):
    """What theory says of the same network, px from the centre; null where an estimator has no answer."""

    trf: float = Field(description="Theoretical: no mark further away can be seen.")
    three_sqrt_depth: float | None = Field(None, description="The seed's 3 sqrt(N), of its nets without pooling.")
    constant_forward: float | None = Field(None, description="Radius at the level 0.0012 of the constant network.")
    closed_form: float | None = Field(None, description="Radius at that level, at initialisation.")
    clt: float | None = Field(None, description="Radius at that level of the central limit theorem's Gaussian.")


class SweepRow(Open):
    """One network: its trainings, and where learning ends."""

    network: str
    depth: int | None = Field(None, description="Layers with weights on the longest way to the target.")
    boundary: Literal["found", "below", "above", "open"] = Field(
        description="`below`: not even the least distance is learnt; `above`: the largest is; `open`: too few runs."
    )
    boundary_px: float | None = Field(None, description="Distance at which the fitted accuracy is 0.75, px.")
    interval_px: tuple[float, float] | None = Field(None, description="95 % interval of the boundary, px.")
    width_px: float | None = Field(None, description="Scale of the logistic fit, px.")
    failures: float | None = Field(
        None, description="Share of trainings within reach that fail all the same, as fitted."
    )
    trainings: int
    distances: tuple[int, int] = Field(description="Range that was searched, px.")
    radii: Radii | None = None
    runs: tuple[RunResult, ...] = ()
    grown: tuple[Grown, ...] = ()


class SweepFit(Open):
    """A line through the boundaries over depth: boundary = slope * f(depth) (+ intercept)."""

    kind: Literal["sqrt", "linear"] = Field(description="f(N): sqrt(N) or N.")
    slope: float
    intercept: float = Field(description="0 where the line goes through the origin.")
    slope_error: float | None = Field(None, description="Standard error of the slope, from the boundaries' intervals.")
    r2: float | None = None
    points: int


class Cost(Open):
    """The cost beside the plain grid's: every distance of the range, once, on the seed's canvas, to the end."""

    trainings: int
    step_pixels: int
    grid_trainings: int
    grid_step_pixels: int
    seconds: float


class SweepResult(Open):
    """What a sweep found. While it runs, `rows` hold what is known so far."""

    options: SweepOptions
    rows: tuple[SweepRow, ...]
    fits: tuple[SweepFit, ...] = ()
    cost: Cost
    short_cuts: tuple[str, ...] = Field((), description="What was done otherwise than by the plain protocol, in words.")
    device: str = "cpu"
    complete: bool = True


class SweepPart(Open):
    """A launch of a sweep: runs of one network that are trained together. What a child job is asked."""

    network: str
    runs: tuple[RunSpec, ...]


class SweepPartResult(Open):
    """What a launch gave, and what was to be said of it."""

    runs: tuple[RunResult, ...]
    grown: tuple[Grown, ...] = ()
    notes: tuple[str, ...] = Field((), description="E.g. that the ensemble was halved because memory ran out.")
    device: str = "cpu"
