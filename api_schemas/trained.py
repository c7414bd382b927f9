"""Options of `trained` in a study: what a network learns, how, and where its field is measured."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from api_schemas.base import Frozen
from api_schemas.erf import DEFAULT_LEVEL, UnitChoice
from api_schemas.tasks import Task

Share = Annotated[float, Field(gt=0, le=1)]
Epoch = Annotated[int, Field(ge=1)]


def _listed(value: Any) -> Any:
    return (value,) if isinstance(value, int | float) else value


class TrainedOptions(Frozen):
    """A training of the network by cross-entropy, with its effective field (gradient, every channel) before and after.

    It starts from the network's own initialiser. Batch normalisation runs on the statistics of its batch.
    """

    task: Task
    examples: int = Field(
        1024, ge=8, le=1_000_000, description="Pictures, held-out ones included; of a folder, at most."
    )
    held_out: float = Field(0.25, gt=0, lt=1, description="Share of them that the accuracy is measured on.")
    epochs: int = Field(20, ge=1, le=10_000)
    batch: int = Field(32, ge=2, le=1024, description="Pictures per step.")
    optimiser: Literal["sgd", "adam"] = "sgd"
    learning_rate: float = Field(0.05, gt=0, le=10)
    momentum: float = Field(0.9, ge=0, lt=1, description="Of sgd.")
    reach: Annotated[
        tuple[Share, ...],
        Field(min_length=1, max_length=8),
        BeforeValidator(_listed, json_schema_input_type=Share | list[Share]),
    ] = Field((0.9,), description="Accuracies; `training.epochs_to.0.9` is the first epoch with at least so much.")
    images: int = Field(32, ge=1, le=1024, description="Held-out pictures that the field is averaged over.")
    erf_epochs: tuple[Epoch, ...] = Field(
        (), max_length=64, description="After which epochs it is measured, beside before the first and after the last."
    )
    levels: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (DEFAULT_LEVEL,), min_length=1, max_length=16, description="Fractions of the maximum to read the radius at."
    )
    units: tuple[UnitChoice, ...] = Field(("centre",), description="The unit of the target that is measured.")
    dtype: Literal["float32", "float64"] = "float32"
    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="`auto`: a GPU where there is one.")
    seed: int = Field(0, ge=0, lt=1 << 31, description="Of the pictures, their split and their order.")

    @model_validator(mode="after")
    def _epochs_that_come(self) -> Self:
        late = next((epoch for epoch in self.erf_epochs if epoch > self.epochs), None)
        if late is not None:
            raise ValueError(f"erf_epochs: {late} comes after the last epoch, {self.epochs}; raise epochs or drop it")
        return self
