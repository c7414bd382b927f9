"""Supervised tasks: pictures with what a network is to answer, one class per picture or one per pixel.

`rfengine.tasks` draws or reads them; a test holds the two to each other.
"""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from api_schemas.base import Frozen


class _Drawn(Frozen):
    noise: float = Field(0.2, ge=0, le=4, description="Half width of the uniform noise on every pixel; ink is 1.")


class Shapes(_Drawn):
    """One shape somewhere: circle, square, triangle or cross, full or as an outline. 8 classes."""

    name: Literal["shapes"] = "shapes"


class Relations(_Drawn):
    """A ring and a cross far apart: in which direction the cross lies. Neither of them says so alone."""

    name: Literal["relations"] = "relations"
    directions: int = Field(8, ge=2, le=16, description="How many, evenly over the circle: the classes.")
    distance: tuple[float, float] = Field(
        (0.35, 0.5), description="Least and largest, as shares of the picture's shorter side."
    )

    @model_validator(mode="after")
    def _a_range_that_fits(self) -> Self:
        least, largest = self.distance
        if not 0.25 <= least <= largest <= 0.75:
            raise ValueError(f"distance: {least:g} to {largest:g} of the side; give 0.25 <= least <= largest <= 0.75")
        return self


class Segments(_Drawn):
    """Outlines of circles, squares and triangles; each pixel within one is of its shape's class, the rest is paper."""

    name: Literal["segments"] = "segments"
    across: int = Field(2, ge=1, le=16, description="Cells along each side; there is at most one shape in each.")
    empty: float = Field(0.2, ge=0, lt=1, description="Share of cells without a shape.")


class Folder(Frozen):
    """Pictures on disk: a folder per class, or `images/` and `labels/` with pictures of class ids by the same names."""

    name: Literal["folder"] = "folder"
    path: str = Field(min_length=1, max_length=4096, description="The folder, on the machine where the study runs.")
    classes: int | None = Field(
        None, ge=2, le=254, description="Of label pictures: ids are 0 ... classes - 1. Of class folders: leave it out."
    )
    ignore: int | None = Field(
        255, ge=0, le=255, description="Id in label pictures of pixels that count nowhere; null: there is none."
    )


AnyTask = Shapes | Relations | Segments | Folder


def _named(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


Task = Annotated[
    AnyTask,
    Field(discriminator="name"),
    BeforeValidator(_named, json_schema_input_type=AnyTask | str),
]
