"""The report: the contract that clients and checks read.

Lists follow `axes`, h before w. Pixel coordinates are in the edge convention: the first pixel spans [0, 1) and its
centre is 0.5. Where the units of an axis are alike and nothing clips them, unit u covers pixels
`-padding + u * stride ... -padding + u * stride + size - 1`; `map` is the whole truth.
"""

from typing import Any, Literal

from pydantic import Field

from api_schemas.advice import Advice, AdviceByInput
from api_schemas.approximations import Approximations
from api_schemas.base import Open
from api_schemas.coverage import CoverageResult
from api_schemas.engine import EngineInfo
from api_schemas.job import Artifact
from api_schemas.recommend import RecommendResult
from api_schemas.study_result import StudyResult
from api_schemas.sweep_result import SweepResult

SCHEMA: Literal["rfengine.report/1"] = "rfengine.report/1"

Number = int | float


class Parity(Open):
    """How far the torch module is from a reference runtime on one random input."""

    max_abs: float = Field(description="Largest absolute difference over all compared tensors.")
    max_rel: float = Field(description="Largest of max|a - b| / max|b| over the compared tensors.")
    against: str = Field(description="The reference and its version.")
    tensors: list[str] = Field(description="What was compared.")


class ModelInfo(Open):
    """Which model was analysed, as imported."""

    sha256: str
    name: str
    opset: int
    nodes: int = Field(description="Nodes in the file's main graph.")
    inputs: dict[str, list[int]] = Field(description="Shape of every input the analysis ran on.")
    parity: Parity | None = None


class AxisMap(Open):
    """The whole truth for one axis: unit i + q sees what unit i sees, p pixels further on."""

    p: int
    q: int
    intervals: list[tuple[int, int] | None] = Field(
        description="First and last pixel of units 0 ... q-1, inclusive; null where a unit reads nothing."
    )


class Misalignment(Open):
    """Two paths that meet with different centres: the units that are put together look at different places."""

    node: str = Field(description="Where they meet.")
    paths: tuple[str, str] = Field(description="The two tensors that meet.")
    offset: list[float] = Field(description="Centre of the second less centre of the first, px, per axis.")


class FieldReport(Open):
    """The theoretical receptive field of a tensor's units relative to one input."""

    size: list[int] = Field(description="Largest extent over the phases, px.")
    sizes_by_phase: list[list[int]] = Field(description="Extent of unit 0, 1, ... of one period, px, per axis.")
    stride: list[Number] = Field(description="Pixels from one unit to the next.")
    padding: list[int] = Field(description="Pixels of unit 0's field that lie before the image.")
    start: list[float] = Field(description="Centre of unit 0, px, edge convention.")
    map: list[AxisMap]
    density: float = Field(
        description="Share of the hull's pixels that are read, as the product over the axes (each axis by itself); "
        "below 1: gridding."
    )
    status: Literal["exact", "canvas", "upper_bound", "refuted"] = Field(
        description="`canvas`: true at this input size; `refuted`: the probe found otherwise (a fault of the engine)."
    )
    reasons: tuple[str, ...] = Field((), description="Why the status is not `exact`.")
    verified: Literal["confirmed", "refuted", "unverifiable"] | None = Field(
        None, description="What the probe found on the real graph, where it was asked for."
    )
    aligned: bool
    misaligned: tuple[Misalignment, ...] = ()
    global_context: list[str] = Field(description="Nodes through which the whole image enters besides.")
    clipped_share: float = Field(description="Share of units whose field touches padding anywhere on its way.")
    approximations: Approximations | None = Field(
        None, description="What formulas for chains say, where it was asked for and they have a meaning."
    )


class TensorHead(Open):
    """What a tensor of the report is."""

    op: str
    shape: list[int]
    axes: list[str]
    units: list[int] = Field(default_factory=list, description="Number of units along each axis.")
    reads: dict[str, list[int]] = Field(
        default_factory=dict,
        description="The feature maps (or the input) that it is made from, with how many of their units one unit spans "
        "along each axis; empty where tensors that are no feature maps lie between.",
    )


class TensorField(TensorHead, FieldReport):
    """One tensor of the report: what it is and what its units see of the model's only spatial input."""


class TensorFields(TensorHead):
    """One tensor that depends on several spatial inputs: the same keys, per input."""

    by_input: dict[str, FieldReport]


class Analytic(Open):
    """Theoretical receptive fields of every tensor with spatial axes, in the order of computation."""

    source: str | None = Field(
        None, description="The intermediate tensor that fields are relative to: a px is a unit of it. Null: the input."
    )
    tensors: dict[str, TensorField | TensorFields]


class RadiusPx(Open):
    """Radius at levels, as fractions of the map's maximum."""

    axis: dict[str, int] = Field(description="Largest whole distance along an axis with a value at or above the level.")
    radial: dict[str, float] = Field(description="The same, Euclidean, over all pixels.")


class GaussianFit(Open):
    """Least-squares Gaussian centred on the unit."""

    sigma: list[float] = Field(description="Standard deviations along the principal axes, px, largest first.")
    theta: float = Field(description="Angle of the first principal axis from the w axis, radians.")
    r2: float = Field(description="Coefficient of determination of the fit.")


BestShape = Literal["gaussian", "box", "laplace", "generalised"]


class ShapeFit(Open):
    """One family of shapes fitted to a map by maximum likelihood: a product over the axes about the unit's centre."""

    scale: list[float | None] = Field(
        description="Per axis, px: side of the box; s of exp(-|d|/s) (Laplace), of exp(-d^2/(2 s^2)) (Gaussian) or of "
        "exp(-|d/s|^b) (generalised). 0: all mass is at the pixels nearest to the centre; null: flat over the canvas."
    )
    exponent: float | None = Field(
        None,
        description="The b of exp(-|d/s|^b), for the generalised Gaussian only: 1 Laplace, 2 Gaussian, a box as it "
        "grows. Searched from 0.25 to 64; an end of that range stands for what lies beyond it. Null also where every "
        "exponent fits alike.",
    )
    kl: float = Field(description="Kullback-Leibler divergence from the map to the fitted shape, nats; 0: the same.")


class ShapeFits(Open):
    """The map, divided by its sum, against four families of shapes on its canvas."""

    gaussian: ShapeFit
    box: ShapeFit
    laplace: ShapeFit
    generalised: ShapeFit
    dependence: float = Field(
        description="The part of every `kl` that no product over the axes can explain (total correlation), nats."
    )


class Metrics(Open):
    """Sizes of one effective-receptive-field map, about the unit's own centre."""

    luo_size: float = Field(description="Square root of luo_pixels, px.")
    luo_pixels: int = Field(description="Pixels at or above 4.55 % (two sigma) of the map's value at the centre.")
    radius_px: RadiusPx
    energy_side: dict[str, int] = Field(
        description="Side of the smallest square centred on the unit with more than the percentage of the map's sum."
    )
    energy_radius: dict[str, float] = Field(description="Radius of the smallest such disc, px.")
    gaussian: GaussianFit | None = None
    best_shape: BestShape | None = Field(
        None,
        description="The family with the smallest `kl` in `shapes`; `generalised` only where it explains far more than "
        "the other three. Null where the map does not tell the two best apart.",
    )
    shapes: ShapeFits | None = None
    anisotropy: float | None = Field(
        None,
        description="Largest over smallest principal standard deviation, from the map's second moments about the "
        "unit's centre, at least 1; 1 on one axis. Null where the map has no width in some direction.",
    )
    area_ratio: dict[str, float] = Field(
        default_factory=dict,
        description="RepLKNet's r(t), for comparison with papers: share of the image covered by the smallest centred "
        "square with more than t of the sum of log10(map + 1). About the image's centre; depends on the map's scale.",
    )
    share_of_trf: float = Field(description="Luo size over theoretical size (geometric mean of the axes).")
    offset_px: list[float] = Field(description="Centre of mass less the unit's centre, px.")
    mass: float = Field(description="Sum of the map before normalisation.")


class Estimated(Open):
    """Size, stride and offset of a target measured from gradient maps of neighbouring units alone."""

    size: list[int] = Field(description="Extent of the pixels with a gradient at the centre unit, px, per axis.")
    stride: list[float | None] = Field(description="From one unit's extent to the next one's, px; null: a single unit.")
    offset: list[float | None] = Field(description="Middle of unit 0's extent, px, edge convention.")
    agrees: bool = Field(description="Whether all of it is what the calculus says.")
    reasons: tuple[str, ...] = Field((), description="What differs, and why it may.")


class ErfEntry(Open):
    """One effective receptive field: of one unit of one target, by one estimator."""

    unit: list[int]
    centre_px: list[float] = Field(description="The unit's own centre, edge convention.")
    canvas: list[int] = Field(description="Image size it was measured on, px.")
    inputs: dict[str, Any] = Field(description="What the images were.")
    policy: dict[str, Any] = Field(description="What was done to weights, activations, pooling, norms; dtype, seed.")
    support_inside_trf: Literal[True] | None = Field(
        description="Checked in every run; a violation fails the job. Null where global context enters."
    )
    metrics: Metrics
    estimated: Estimated | None = Field(
        None, description="Of the whole target, in its first entry, where it was asked for (gradient.estimate)."
    )
    artifacts: tuple[str, ...] = Field(
        (), description="Names of the pictures of this map, and of the map as data (.npz)."
    )


class ReportWarning(Open):
    """Something the reader should know before trusting a figure."""

    code: str
    message: str
    tensor: str | None = None


class Report(Open):
    """What an analysis found. `GET /jobs/{id}/report` answers it as JSON."""

    schema_: Literal["rfengine.report/1"] = Field(SCHEMA, alias="schema")
    engine: EngineInfo
    model: ModelInfo | None = Field(None, description="Null for a study, which brings its own networks.")
    targets: list[str]
    analytic: Analytic | None = None
    constant_forward: dict[str, list[ErfEntry]] | None = None
    gradient: dict[str, list[ErfEntry]] | None = None
    closed_form: dict[str, list[ErfEntry]] | None = None
    study: StudyResult | None = None
    sweep: SweepResult | None = None
    coverage: CoverageResult | None = None
    recommend: RecommendResult | None = None
    advice: Advice | AdviceByInput | None = Field(None, description="What the theoretical fields say of the design.")
    warnings: tuple[ReportWarning, ...] = ()
    artifacts: tuple[Artifact, ...] = ()

    @property
    def effective(self) -> dict[str, dict[str, list[ErfEntry]]]:
        """The effective fields that were asked for: by estimator, then by target."""
        found = {
            "constant_forward": self.constant_forward,
            "gradient": self.gradient,
            "closed_form": self.closed_form,
        }
        return {estimator: entries for estimator, entries in found.items() if entries is not None}

    def to_json(self) -> str:
        """The report as its readers get it: by alias, indented, absent parts left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True, indent=2)
