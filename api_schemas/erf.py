"""Options of the effective-receptive-field estimators: policies, units, images."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from api_schemas.base import Frozen
from api_schemas.initialisers import He, Initialiser

# The height of 3*sqrt(N) on a Gaussian with sigma^2 = 2N/3: the level at which the depth series reads its radius.
DEFAULT_LEVEL = 0.0012

Index = Annotated[int, Field(ge=0, lt=1 << 24)]


class Policy(Frozen):
    """What is done to a network before it runs; each part by itself, and any parts together."""

    weights: Literal["model"] | Initialiser = Field(
        "model",
        description="`model`: as in the file; else drawn anew, biases zero, normalisations as at initialisation.",
    )
    activations: Literal["model", "identity"] = Field(
        "model", description="`identity`: without the non-linearity; gates then are one."
    )
    max_pool: Literal["model", "average"] = "model"
    norm: Literal["evaluation", "training", "identity"] = Field(
        "evaluation", description="`evaluation`: stored statistics; `training`: those of the batch it runs on."
    )


class UnitAt(Frozen):
    """The unit whose centre is nearest to a point of the image."""

    at: tuple[float, ...] = Field(min_length=1, max_length=3, description="Point of the image, px, h before w.")


UnitChoice = Literal["centre", "edge", "corner"] | tuple[Index, ...] | UnitAt


class ErfOptions(Frozen):
    """What the effective-receptive-field estimators share."""

    dtype: Literal["float32", "float64"] = Field(description="Arithmetic of the run.")
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="`auto`: a GPU where there is one.")
    levels: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (DEFAULT_LEVEL,), min_length=1, max_length=16, description="Fractions of the maximum to read the radius at."
    )
    units: tuple[UnitChoice, ...] = Field(
        ("centre",),
        min_length=1,
        max_length=64,
        description="Units of each target: centre (n // 2), edge (first row, centre column), corner (all zero), "
        "an index per axis, or {'at': [y, x]} for the one over a point of the image.",
    )


class ConstantForwardOptions(ErfOptions):
    """Options of `constant_forward`: all weights one positive constant, the network made linear."""

    dtype: Literal["float32", "float64"] = "float64"
    preset: Literal["seed000"] | None = Field(
        None,
        description="`seed000`: an impulse at the centre of a 256 px canvas, in float32 and forward, max pooling as it "
        "is and normalisations in training mode. What is given beside it wins.",
    )
    weight: float = Field(0.01, gt=0, le=1e6, description="The constant. With skip connections the map depends on it.")
    direction: Literal["backward", "forward"] = Field(
        "backward",
        description="`backward`: a unit's response over the image's pixels; `forward`: an impulse in the image and the "
        "spot it makes, for targets of stride 1.",
    )
    canvas: tuple[Annotated[int, Field(ge=1, le=1 << 14)], ...] | None = Field(
        None,
        min_length=1,
        max_length=3,
        description="Image size to run on, px, h before w; default: the analysis' own.",
    )
    activations: Literal["identity", "model"] = "identity"
    max_pool: Literal["average", "model"] = "average"
    norm: Literal["identity", "evaluation", "training"] = "identity"
    collapse: Literal["auto", "never"] = Field(
        "auto",
        description="`auto`: one channel per class of equal channels, where that is exact; `never`: all of them.",
    )

    @model_validator(mode="before")
    @classmethod
    def _a_preset_fills_in(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("preset") == "seed000":
            seed000 = {
                "dtype": "float32",
                "direction": "forward",
                "canvas": (256, 256),
                "activations": "model",
                "max_pool": "model",
                "norm": "training",
            }
            return {**seed000, **data}
        return data

    @model_validator(mode="after")
    def _what_is_not_linear_goes_forward(self) -> Self:
        kept = [
            f"{name}={value}"
            for name, value in (("activations", self.activations), ("max_pool", self.max_pool), ("norm", self.norm))
            if value in ("model", "training", "evaluation")
        ]
        if kept and self.direction == "backward":
            raise ValueError(
                f"direction: backward needs a linear network, but {', '.join(kept)} is asked for; "
                "set direction to forward, or leave these out"
            )
        return self


class GradientOptions(ErfOptions):
    """Options of `gradient`: |d unit / d pixel| averaged over input images, and over draws of the weights."""

    dtype: Literal["float32", "float64"] = "float32"
    policy: Policy = Policy()
    inputs: Literal["noise", "texture", "given"] = Field(
        "noise",
        description="`noise`: standard normal; `texture`: natural 1/f spectrum; `given`: images sent with the model.",
    )
    images: int = Field(
        4, ge=1, le=1024, description="How many images to average over; of given ones, at most so many."
    )
    draws: int = Field(1, ge=1, le=1024, description="How many draws of the weights, by consecutive seeds.")
    reduction: Literal["abs", "rms"] = Field("abs", description="Mean of |g|, or root of the mean of g squared.")
    unit_channels: Literal["sum", "each"] | tuple[Index, ...] = Field(
        "sum",
        description="`sum`: gradient of the sum over the unit's channels (or over those listed); `each`: every channel "
        "by itself, magnitudes averaged.",
    )
    seed: int = Field(0, ge=0, lt=1 << 63, description="Seed of the images.")
    crop: Literal["auto", "never"] = Field(
        "auto", description="`auto`: run on the part of the image that the unit can see, where that is exact."
    )
    estimate: bool = Field(
        False,
        description="Estimate size, stride and offset from the maps of neighbouring units, beside the exact ones.",
    )

    @model_validator(mode="after")
    def _draws_need_something_drawn(self) -> Self:
        if self.draws > 1 and self.policy.weights == "model":
            raise ValueError(
                f"draws: {self.draws} draws of the weights, but policy.weights is 'model'; "
                "name an initialiser (policy: {'weights': 'he'}), or drop draws"
            )
        return self


class ClosedFormOptions(ErfOptions):
    """Options of `closed_form`: the gradient map in the limit of infinitely many draws of the weights."""

    dtype: Literal["float32", "float64"] = "float64"
    weights: Initialiser = Field(He(), description="What the weights are drawn from; independent with mean zero.")
    activations: Literal["model", "identity"] = "model"
    norm: Literal["evaluation", "training", "identity"] = Field(
        "training", description="`training`: divided by the deviation that the forward pass predicts."
    )
    monte_carlo: int = Field(
        0, ge=0, le=100_000, description="Compare with so many draws of the real network; 0: do not."
    )
