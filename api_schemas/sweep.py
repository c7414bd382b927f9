"""A trainability sweep: at which distance does a network stop learning to tell е from ё?"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from api_schemas.base import Frozen
from api_schemas.datasets import Dataset, ESymbol
from api_schemas.initialisers import Initialiser, Xavier

# Below it the letter and its mark touch.
LEAST_DISTANCE = 7

Depth = Annotated[int, Field(ge=2, le=512)]


class Training(Frozen):
    """How one network is trained; the defaults are the seed's, and the two short cuts are said in the report."""

    steps: int = Field(3000, ge=1, le=1_000_000)
    batch: int = Field(8, ge=1, le=1024, description="Images per step.")
    learning_rate: float = Field(3e-4, gt=0, le=1, description="Of Adam.")
    evaluation_samples: int = Field(256, ge=16, le=65536, description="Fresh images that the accuracy is measured on.")
    spot_size: float = Field(
        1.8, gt=0, le=32, description="s of the spot exp(-r^2 / s^2) that the network is to draw, px."
    )
    measure_radius: float = Field(2.0, ge=0, le=64, description="The decision reads the output this far around, px.")
    canvas: Literal["tight"] | Annotated[int, Field(ge=16, le=1024)] = Field(
        "tight",
        description="`tight`: letter, mark and a margin, the same for all runs of one launch; a number: a square of so "
        "many px with the letter in its middle.",
    )
    stop_when_solved: bool = Field(True, description="Stop a run whose accuracy is 1 (0.99) twice in a row.")
    evaluate_every: int = Field(250, ge=1, description="Steps from one look at the accuracy to the next.")
    dtype: Literal["float32", "float64"] = "float32"
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="`auto`: a GPU where there is one.")


SEED = {"canvas": 128, "stop_when_solved": False}
SEED_LARGEST = 48  # px


class SweepOptions(Frozen):
    """Options of `sweep`. With a model, a spec or a zoo name the sweep is of that network; else of the seed's."""

    preset: Literal["quick", "seed"] | None = Field(
        None,
        description="`quick`: the residual net at depths 8, 12, 16, planned; `seed`: the seed's own protocol, every "
        "distance trained once on 128 px to the end. What is given beside it wins.",
    )
    family: Literal["residual", "plain"] = Field("residual", description="The seed's nets without pooling.")
    depths: tuple[Depth, ...] = Field((8, 12, 16), min_length=1, max_length=64, description="Convolutions of the nets.")
    maps: int = Field(16, ge=1, le=256, description="Feature maps of each of their layers.")
    weights: Literal["model"] | Initialiser = Field(
        Xavier(), description="What every run starts from: an initialiser (drawn by the run's seed), or `model`."
    )
    biases: Literal["uniform", "zero"] | None = Field(
        None,
        description="What biases start from: `uniform` within 1 / sqrt(fan-in), as torch's layers do, or zero; null: "
        "as in the seed, zero for constant, decomposed, circular and circular_v2.",
    )
    dataset: Dataset = ESymbol()
    distances: tuple[int, int] | None = Field(
        None,
        description="Least and largest distance from the letter's centre to the mark's, px; null: what can be seen.",
    )
    method: Literal["planned", "grid"] = Field(
        "planned", description="`planned`: trains where the boundary may be; `grid`: every distance, `seeds` times."
    )
    seeds: int = Field(3, ge=1, le=64, description="Trainings of one distance at most, by consecutive seeds.")
    first_seed: int = Field(0, ge=0, lt=1 << 62)
    trainings: int | None = Field(
        None, ge=1, le=100_000, description="Per network at most; null: what the planner needs."
    )
    members: int | None = Field(
        None, ge=1, le=4096, description="Runs trained together in one launch; null: what suits the device."
    )
    erf: bool = Field(True, description="Measure the effective field before and after training.")
    training: Training = Training()

    @model_validator(mode="before")
    @classmethod
    def _a_preset_fills_in(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("preset") != "seed":
            return data
        training = data.get("training") or {}
        given = training.model_dump(include=training.model_fields_set) if isinstance(training, Training) else training
        if not isinstance(given, dict):
            return data
        filled = {**SEED, **given}
        canvas = filled["canvas"]
        largest = min(SEED_LARGEST, farthest_on(canvas)) if isinstance(canvas, int) else SEED_LARGEST
        own = {"method": "grid", "seeds": 1, "distances": (LEAST_DISTANCE, largest)}
        return {**own, **data, "training": filled}

    @field_validator("distances")
    @classmethod
    def _a_range_that_exists(cls, distances: tuple[int, int] | None) -> tuple[int, int] | None:
        if distances is None:
            return None
        least, largest = distances
        if least < LEAST_DISTANCE:
            raise ValueError(
                f"{least} px: below {LEAST_DISTANCE} px the letter and its mark touch; start at {LEAST_DISTANCE}"
            )
        if largest < least:
            raise ValueError(f"the largest distance, {largest} px, is below the least, {least} px; swap them")
        return distances

    @model_validator(mode="after")
    def _the_mark_lies_on_the_canvas(self) -> Self:
        canvas = self.training.canvas
        if self.distances is not None and canvas != "tight":
            largest, farthest = self.distances[1], farthest_on(canvas)
            if largest > farthest:
                raise ValueError(
                    f"distances: the mark at {largest} px does not fit a canvas of {canvas} px, on which {farthest} "
                    f"px is the farthest; set training.canvas to {canvas + 2 * (largest - farthest)} or to 'tight'"
                )
        return self


# Rows from the mark's centre to its far edge, and room for the distortion.
MARK_REACH = 4


def farthest_on(canvas: int) -> int:
    """The largest distance whose mark still lies on a square canvas with the letter in its middle, px."""
    return canvas // 2 - MARK_REACH
