"""The e-datasets of seed 000: tell е from ё, whose mark sits some distance from the letter.

`rfengine.datasets` draws them; a test holds the two to each other.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator

from api_schemas.base import Frozen


class Elastic(Frozen):
    """Small elastic distortion: a random displacement per pixel, smoothed by a box.

    The seed divides the smoothed displacement by its maximum over 132 x 132 px, which is 3.69 standard deviations on
    the average. Ours is divided by that, so that it does not depend on the canvas.
    """

    kernel: int = Field(5, ge=1, le=63, description="Side of the smoothing box, px; odd.")
    amplitude: float = Field(
        1.2, ge=0, le=16, description="The largest displacement per axis on an image of 132 px, px."
    )

    @field_validator("kernel")
    @classmethod
    def _has_a_centre(cls, kernel: int) -> int:
        if kernel % 2 == 0:
            raise ValueError(f"a box of {kernel} px has no centre pixel; give {kernel - 1} or {kernel + 1}")
        return kernel


class _Marked(Frozen):
    elastic: Elastic | None = Field(Elastic(), description="Distortion of every image; null: none.")
    probability: float = Field(0.5, gt=0, lt=1, description="Share of images that bear the mark.")


class ESymbol(_Marked):
    """The mark is a diaeresis straight above the letter."""

    name: Literal["e_symbol"] = "e_symbol"


class EDot(_Marked):
    """The mark is one dot, at a random angle."""

    name: Literal["e_dot"] = "e_dot"
    range_degrees: float = Field(
        360, gt=0, le=360, description="Sector that the dot comes from, half of it on either side of straight up."
    )


AnyDataset = ESymbol | EDot


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Dataset = Annotated[
    AnyDataset,
    Field(discriminator="name"),
    BeforeValidator(_named, json_schema_input_type=AnyDataset | str),
]
